"""Points in time as CIDB2 writes them: ISO 8601 in UTC."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo

CLOCK: Callable[[tzinfo], datetime] = datetime.now
"""Tells the present moment in a zone; a test has one of its own."""


def now() -> datetime:
    return CLOCK(UTC)


def iso(moment: datetime) -> str:
    """Return `moment` as AWS documents write it; a moment without a zone is taken as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat().replace("+00:00", "Z")


def sortable(moment: datetime) -> str:
    """Return `moment` with fixed microseconds, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def to_milliseconds(moment: datetime) -> str:
    """Return `moment` as Step Functions writes the times of its context object.

    Always three digits behind the second, so a Choice state compares like with like.
    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
    """
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse(text: str) -> datetime:
    """Return the aware moment that `iso`, `sortable` or `to_milliseconds` wrote."""
    return datetime.fromisoformat(text)
