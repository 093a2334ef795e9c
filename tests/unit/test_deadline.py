"""A collector stops while there is time to hand over, and never before it has done a step."""

import pytest

from cidb2 import deadline
from cidb2.deadline import Deadline


class Clock:
    """Lambda's remaining time and Python's monotonic clock, moved by hand."""

    def __init__(self, remaining_seconds: float) -> None:
        self.remaining_seconds = remaining_seconds
        self.passed = 100.0

    def remaining_ms(self) -> int:
        return int(self.remaining_seconds * 1000)

    def monotonic(self) -> float:
        return self.passed

    def pass_time(self, seconds: float) -> None:
        self.remaining_seconds -= seconds
        self.passed += seconds


def worked(clock: Clock, margin: float, *steps: float) -> Deadline:
    """Return a deadline after steps of so many seconds."""
    made = Deadline(clock.remaining_ms, margin)
    for seconds in steps:
        with made.step():
            clock.pass_time(seconds)
    return made


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(remaining_seconds=100)
    monkeypatch.setattr(deadline, "time", made)
    return made


def test_the_first_step_is_always_done(clock: Clock) -> None:
    clock.remaining_seconds = 0
    assert not worked(clock, 60).is_near()


@pytest.mark.parametrize(("remaining", "near"), [(10.001, False), (10, False), (9.999, True)])
def test_the_deadline_is_near_when_less_than_the_margin_is_left(
    clock: Clock, remaining: float, near: bool
) -> None:
    made = worked(clock, 10, 0)
    clock.remaining_seconds = remaining
    assert made.is_near() is near


@pytest.mark.parametrize(("remaining", "near"), [(15.5, False), (14.5, True)])
def test_time_is_kept_for_a_step_as_slow_as_the_slowest(
    clock: Clock, remaining: float, near: bool
) -> None:
    made = worked(clock, 10, 1, 5, 2)
    clock.remaining_seconds = remaining
    assert made.is_near() is near
