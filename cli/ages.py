"""Parses times and durations as users type them, and formats ages."""

import re
from datetime import UTC, datetime, timedelta

import typer

from cidb2.times import now

_AGE = re.compile(r"(\d+)\s*([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
ALLOWED = "use 90m, 36h, 7d or 2w, or a day or time: 2026-11-24, 2026-11-24T06:00Z"


def moment(text: str) -> datetime:
    """Return the time a duration ago, or the given day or time (UTC if it has no time zone)."""
    try:
        if age := _AGE.fullmatch(text.strip()):
            return now() - timedelta(**{_UNITS[age[2]]: int(age[1])})
        named = datetime.fromisoformat(text)
        return named.astimezone(UTC) if named.tzinfo else named.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{text!r} is not a time: {ALLOWED}") from None


def age(then: datetime, today: datetime) -> str:
    """Return the age of a time, in its largest unit."""
    minutes = int((today - then).total_seconds() // 60)
    for unit, length in (("d", 24 * 60), ("h", 60)):
        if minutes >= 2 * length:
            return f"{minutes // length} {unit}"
    return f"{minutes} m"
