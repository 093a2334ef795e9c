"""Replaces the product's clock in a test."""

from datetime import UTC, datetime, timedelta, tzinfo

MORNING = datetime(2026, 11, 25, 6, tzinfo=UTC)
"""Later than every past time in the tests."""


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self, moment: datetime = MORNING) -> None:
        self.moment = moment

    def __call__(self, _zone: tzinfo | None = None) -> datetime:
        return self.moment

    def advance(self, **by: float) -> None:
        self.moment += timedelta(**by)
