"""AWS answers as plain JSON, and the hash that says whether two descriptions differ."""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cidb2.times import iso


def plain(value: Any) -> Any:
    """Return an AWS answer in JSON's own types: times as ISO 8601 UTC, bytes as base64."""
    if isinstance(value, str | int | float | bool | None):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in value]
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode("ascii")
    raise TypeError(f"no JSON form for {type(value).__name__}")


def to_json(value: Any) -> str:
    """Return compact JSON in ASCII: every character of it is allowed in SNS and SQS messages."""
    return json.dumps(value, separators=(",", ":"))


def content_hash(description: Mapping[str, Any]) -> str:
    """Return the SHA-256 (hex) of a description whose lists are taken as sets.

    Hardly a list carries meaning in its order, and AWS returns many of them in a different order
    each time; so order makes two descriptions differ only where it is kept with `in_order`.
    """
    text = json.dumps(_unordered(description), separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def in_order(value: Any) -> str:
    """Return plain JSON as one text, in which lists differ by their order too."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def _unordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _unordered(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return sorted((_unordered(inner) for inner in value), key=_sort_key)
    return value


def _sort_key(value: Any) -> str:
    return f'"{value}' if isinstance(value, str) else json.dumps(value, sort_keys=True)
