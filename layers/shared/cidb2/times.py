"""Times as CIDB2 writes them: ISO 8601 in UTC."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo

CLOCK: Callable[[tzinfo], datetime] = datetime.now
"""Returns the current time in a zone; tests replace it."""


def now() -> datetime:
    return CLOCK(UTC)


def iso(moment: datetime) -> str:
    """Return `moment` in ISO 8601, as in AWS's documents; without a zone, UTC is assumed."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat().replace("+00:00", "Z")


def sortable(moment: datetime) -> str:
    """Return `moment` with six digits of microseconds, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def to_milliseconds(moment: datetime) -> str:
    """Return `moment` as Step Functions writes the times of its context object.

    Always with three decimals, so that a Choice state compares times of the same form.
    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
    """
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse(text: str) -> datetime:
    """Return the aware datetime of a text from `iso`, `sortable` or `to_milliseconds`."""
    return datetime.fromisoformat(text)
