"""A collector hands over while there is time, after a step at least, and ends with its run."""

from datetime import UTC, datetime, timedelta

import pytest

from cidb2.collecting import deadline
from cidb2.collecting.deadline import Deadline
from cidb2.errors import RunDeadlineError

MIDNIGHT = datetime(2026, 11, 25, tzinfo=UTC)
AT_MIDNIGHT = "2026-11-25T00:00:00.000Z"
FAR_AWAY = "2099-01-01T00:00:00.000Z"


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
    made = Deadline(clock.remaining_ms, margin, FAR_AWAY)
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


def test_progress_without_a_step_lets_an_invocation_hand_over(clock: Clock) -> None:
    made = worked(clock, 10)
    clock.remaining_seconds = 0
    made.progressed()
    assert made.is_near()


@pytest.mark.parametrize("seconds", [0, 0.001, 3600])
def test_from_the_runs_deadline_on_not_even_a_first_step_is_done(
    clock: Clock, seconds: float
) -> None:
    late = Deadline(
        clock.remaining_ms, 60, AT_MIDNIGHT, lambda: MIDNIGHT + timedelta(seconds=seconds)
    )
    for look in (late.check, late.is_near):
        with pytest.raises(RunDeadlineError):
            look()


@pytest.mark.parametrize("written", [AT_MIDNIGHT, "2026-11-24T23:59:59.906Z"])
def test_the_error_names_the_deadline_as_the_run_wrote_it(clock: Clock, written: str) -> None:
    late = Deadline(clock.remaining_ms, 60, written, lambda: MIDNIGHT)
    with pytest.raises(RunDeadlineError, match=f" {written},"):
        late.check()


def test_before_the_runs_deadline_the_invocations_time_decides(clock: Clock) -> None:
    early = Deadline(
        clock.remaining_ms, 60, AT_MIDNIGHT, lambda: MIDNIGHT - timedelta(seconds=0.001)
    )
    early.check()
    assert not early.is_near()


def test_what_is_measured_keeps_time_and_is_no_progress(clock: Clock) -> None:
    made = Deadline(clock.remaining_ms, 10, FAR_AWAY)
    with made.measuring():
        clock.pass_time(20)
    clock.remaining_seconds = 25
    assert not made.is_near()
    made.progressed()
    assert made.is_near()
