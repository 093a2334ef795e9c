"""The pause between batches follows what SNS says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidb2.aws.backoff import full_jitter
from cidb2.publishing.pacing import AdaptivePause


def test_the_pause_begins_as_configured() -> None:
    assert AdaptivePause(0.2).seconds == 0.2


def test_throttling_doubles_the_pause() -> None:
    pause = AdaptivePause(0.2)
    pause.throttled()
    assert pause.seconds == 0.4


def test_throttling_makes_a_pause_of_50_ms_where_there_was_none() -> None:
    pause = AdaptivePause(0)
    pause.throttled()
    assert pause.seconds == 0.05


def test_success_halves_the_pause_until_there_is_none() -> None:
    pause = AdaptivePause(0.003)
    pause.succeeded()
    assert pause.seconds == 0.0015
    pause.succeeded()
    assert pause.seconds == 0


@given(st.floats(0, 60), st.lists(st.booleans(), max_size=40))
def test_the_pause_is_never_negative_and_throttling_never_takes_it_beyond_5_seconds(
    first: float, answers: list[bool]
) -> None:
    pause = AdaptivePause(first)
    for succeeded in answers:
        before = pause.seconds
        if succeeded:
            pause.succeeded()
            assert 0 <= pause.seconds <= before
        else:
            pause.throttled()
            assert min(before, 5) <= pause.seconds <= 5


@pytest.mark.parametrize(("attempt", "bound"), [(0, 0.1), (1, 0.2), (5, 3.2), (6, 5.0), (60, 5.0)])
def test_the_wait_before_a_retry_is_drawn_below_a_bound_that_doubles(
    attempt: int, bound: float
) -> None:
    assert full_jitter(attempt, draw=lambda _, high: high) == pytest.approx(bound)
    assert full_jitter(attempt, draw=lambda low, _: low) == 0


def test_waits_are_random() -> None:
    waits = {full_jitter(3) for _ in range(20)}
    assert len(waits) > 1
    assert all(0 <= wait <= 0.8 for wait in waits)
