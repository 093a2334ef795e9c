"""How a row that tells of many regions stays small: shared texts, and times from one moment on."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cidb2.times import iso, parse

REGION = "<region>"
"""Stands for a scope's region in a shared text, because AWS's messages name it."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def shared(document: Mapping[str, Any], region: str) -> str:
    """Return a document as text that is the same for scopes that differ in their region alone."""
    return json.dumps(document, sort_keys=True, ensure_ascii=False).replace(region, REGION)


def of_region(text: str, region: str) -> dict[str, Any]:
    """Return the document of a shared text, as it is for a region."""
    document: dict[str, Any] = json.loads(text.replace(REGION, region))
    return document


def milliseconds(time: str) -> int:
    """Return a time in milliseconds since 1970, rounded down."""
    return (parse(time) - _EPOCH) // _MILLISECOND


def time_of(number: int) -> str:
    """Return the time of so many milliseconds since 1970."""
    return iso(_EPOCH + number * _MILLISECOND)
