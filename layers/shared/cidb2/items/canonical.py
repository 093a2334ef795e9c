"""AWS answers as plain JSON, and the hash that tells whether two descriptions differ."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import Any

from cidb2.times import iso

DEEPEST = 150
"""Maximum levels of an answer. Python 3.11 can follow 500, and every version must be able to hash
and write what is read here."""

_ESCAPES = re.compile(r"\\ud[89ab]..\\ud[c-f]..|\\(ud[89a-f]..)|\\.")
"""JSON's surrogate escapes; a lone one is in the group."""


def plain(value: Any, levels: int = DEEPEST) -> Any:
    """Return an AWS answer in JSON's own types: times as ISO 8601 UTC, bytes as base64.

    Infinity and NaN become text, because JSON does not have them. Raises RecursionError if the
    answer has too many levels.
    """
    if isinstance(value, str | int | bool | None):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if not levels:
        raise RecursionError
    if isinstance(value, Mapping):
        return {str(key): plain(inner, levels - 1) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner, levels - 1) for inner in value]
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode("ascii")
    raise TypeError(f"no JSON form for {type(value).__name__}")


def to_json(value: Any) -> str:
    """Return compact JSON in ASCII, whose characters are all allowed in SNS and SQS messages.

    DynamoDB and DuckDB reject a lone surrogate, so it is escaped, as in `valid_text`. Raises
    ValueError for infinity.
    """
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    if "\\ud" not in text:
        return text
    return _ESCAPES.sub(lambda escape: f"\\\\{escape[1]}" if escape[1] else escape[0], text)


def content_hash(description: Mapping[str, Any]) -> str:
    """Return the SHA-256 (hex) of a description, with lists treated as sets.

    The order of most lists means nothing, and AWS returns many in a different order each time. So
    order counts only in lists that `in_order` has turned into text.
    """
    text = json.dumps(_unordered(description), separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def in_order(value: Any) -> str:
    """Return plain JSON as one text, so that the order of its lists counts."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def _unordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _unordered(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return sorted((_unordered(inner) for inner in value), key=_sort_key)
    return value


def _sort_key(value: Any) -> str:
    return f'"{value}' if isinstance(value, str) else json.dumps(value, sort_keys=True)
