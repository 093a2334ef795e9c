"""An operation goes out freely until AWS refuses it, and then about as fast as AWS answers."""

import heapq
import random

import pytest

from cidb2.aws.rates import SETTLING_SECONDS, SLOWEST, WINDOW_SECONDS, OperationRate

ATTEMPTS = 5
LATENCY = 0.04


class Time:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def rate(time: Time) -> OperationRate:
    return OperationRate(time.sleep, lambda: time.now)


def answer(rate: OperationRate, time: Time, number: int, seconds: float) -> None:
    for _ in range(number):
        time.now += seconds / number
        rate.answered()


def test_nobody_waits_while_nothing_is_refused(rate: OperationRate, time: Time) -> None:
    for _ in range(100):
        rate.wait()
        rate.answered()
    assert rate.per_second is None
    assert time.slept == []


def test_after_a_refusal_requests_go_out_slower_than_they_were_answered(
    rate: OperationRate, time: Time
) -> None:
    answer(rate, time, 40, seconds=2.0)
    rate.refused()
    assert rate.per_second == pytest.approx(0.8 * 20, rel=0.05)
    began = time.now
    for _ in range(17):
        rate.wait()
    assert time.now - began == pytest.approx(1.0, rel=0.1)


def test_refusals_of_what_was_under_way_cut_once(rate: OperationRate, time: Time) -> None:
    answer(rate, time, 40, seconds=2.0)
    rate.refused()
    cut = rate.per_second
    time.now += SETTLING_SECONDS / 2
    rate.refused()
    assert rate.per_second == cut
    time.now += SETTLING_SECONDS
    rate.refused()
    assert rate.per_second is not None
    assert cut is not None
    assert rate.per_second < cut


def test_a_later_refusal_never_raises_the_rate(rate: OperationRate, time: Time) -> None:
    answer(rate, time, 10, seconds=2.0)
    rate.refused()
    cut = rate.per_second
    assert cut is not None
    answer(rate, time, 40, seconds=1.0)
    rate.refused()
    assert rate.per_second is not None
    assert rate.per_second == pytest.approx(0.8 * 1.1 * cut, rel=0.01)


def test_answers_count_until_the_window_is_over(rate: OperationRate, time: Time) -> None:
    answer(rate, time, 10, seconds=0)
    answer(rate, time, 1, seconds=WINDOW_SECONDS)
    rate.refused()
    assert rate.per_second == pytest.approx(0.8 * 11 / WINDOW_SECONDS)
    time.now += 0.75 * WINDOW_SECONDS
    rate.refused()
    assert rate.per_second == pytest.approx(0.8 / (0.75 * WINDOW_SECONDS))


def test_the_rate_grows_while_nothing_is_refused(rate: OperationRate, time: Time) -> None:
    answer(rate, time, 40, seconds=2.0)
    rate.refused()
    before = rate.per_second
    assert before is not None
    answer(rate, time, 20, seconds=1.0)
    assert rate.per_second == pytest.approx(1.1 * before, rel=0.01)


def test_it_never_stands_still(rate: OperationRate, time: Time) -> None:
    for _ in range(50):
        rate.refused()
        time.now += 1.0
    assert rate.per_second == SLOWEST


@pytest.mark.parametrize(
    ("burst", "per_second", "requests", "threads"),
    [(100, 50, 2_000, 32), (10, 5, 200, 32), (20, 20, 400, 8), (1_000, 1_000, 5_000, 32)],
)
def test_a_bucket_is_used_up_and_nothing_is_given_up(
    burst: float, per_second: float, requests: int, threads: int
) -> None:
    """Play threads against a token bucket, with botocore's own waits between attempts."""
    clock = Time()
    waits: list[float] = []
    rate = OperationRate(waits.append, lambda: clock.now)
    draw = random.Random(burst)
    tokens, filled_at, begun, given_up = burst, clock.now, threads, 0
    events = [(clock.now + number / 1_000, number, "send", 0) for number in range(threads)]
    heapq.heapify(events)
    while events:
        clock.now, number, what, attempt = heapq.heappop(events)
        if what == "send":
            waits.clear()
            rate.wait()
            at = clock.now + sum(waits)
            heapq.heappush(events, (at, number, "arrive", attempt))
            continue
        tokens = min(burst, tokens + (clock.now - filled_at) * per_second)
        filled_at = clock.now
        done = clock.now + LATENCY
        if tokens >= 1:
            tokens -= 1
            rate.answered()
        elif attempt + 1 < ATTEMPTS:
            rate.refused()
            again = done + draw.random() * 2**attempt
            heapq.heappush(events, (again, number, "send", attempt + 1))
            continue
        else:
            given_up += 1
        if begun < requests:
            begun += 1
            heapq.heappush(events, (done, number, "send", 0))
    least = max((requests - burst) / per_second, requests * LATENCY / threads)
    assert given_up == 0
    assert clock.now - 100.0 < 1.3 * least
