"""What several threads change at once comes out as if they had taken turns.

Two locks are not raced here, for nothing can race them. `Publisher.flush` and `Reporter.count` take
what has been collected so far, and are called when no thread publishes or reports any more: the
scopes of an invocation, and the messages of a batch, are waited for before. Each lock only makes
that hold where somebody calls them earlier.
"""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, cast

import pytest

from cidb2.aws.rates import OperationRate
from cidb2.collecting.readers import Readers, _Batch
from cidb2.publishing.pacing import AdaptivePause
from cidb2.publishing.publisher import Publisher, Remaining
from cidb2.publishing.statistics import PublishStatistics
from functions.reporter.report import Reporter
from functions.reporter.store import Outcome
from tests.support.builders import a_config, a_message, an_item
from tests.support.fakes import FakeSns
from tests.support.races import Doorway, Slow, at_once

SCOPE = a_message().source


def slow_pause(seconds: float) -> AdaptivePause:
    return AdaptivePause(Slow(seconds))


def test_the_pause_is_doubled_by_each_throttled_answer() -> None:
    pause = slow_pause(0.1)
    at_once(pause.throttled, pause.throttled)
    assert pause.seconds == 0.4


def test_the_pause_is_halved_by_each_success() -> None:
    pause = slow_pause(0.4)
    at_once(pause.succeeded, pause.succeeded)
    assert pause.seconds == 0.1


def test_two_requests_never_have_the_same_turn() -> None:
    waits: list[float] = []
    rate = OperationRate(waits.append, Doorway(100.0))
    rate.refused()
    per_second = rate.per_second
    assert per_second is not None
    at_once(rate.wait, rate.wait)
    assert sorted(waits) == [0, 1 / per_second]


@pytest.mark.parametrize("others", ["wait", "answered", "refused"])
@pytest.mark.parametrize("one", ["wait", "answered", "refused"])
def test_a_rate_is_decided_by_one_thread_at_a_time(one: str, others: str) -> None:
    clock = Doorway(100.0)
    rate = OperationRate(lambda _: None, clock)
    rate.refused()
    at_once(getattr(rate, one), getattr(rate, others))
    assert clock.most == 1


def test_every_batch_and_request_is_counted() -> None:
    statistics = PublishStatistics(batches=Slow(0), requests=Slow(0))  # type: ignore[arg-type]
    at_once(statistics.batch_began, statistics.batch_began)
    at_once(*[lambda: statistics.count_request(1)] * 2)
    assert (statistics.batches, statistics.requests) == (2, 2)


def test_the_parts_of_a_batch_give_its_slot_back_once() -> None:
    given_back: list[bool] = []
    remaining = Remaining(2, lambda: given_back.append(True))
    remaining._parts = Slow(2)  # type: ignore[assignment]
    at_once(remaining.one_done, remaining.one_done)
    assert given_back == [True]


def a_publisher(threads: ThreadPoolExecutor, **given: Any) -> Publisher:
    """Return a publisher that sends each message at once, in a batch of its own."""
    config = a_config(batch_size=1, large_batch_size=1, large_batch_threshold=0)
    sns: Any = FakeSns()
    notes: Any = Notes()
    return Publisher(sns, config, threads, notes, **given)


class Notes:
    def write(self, _: Any) -> None:
        """Take note of nothing."""

    def withdraw(self, _: Any) -> None:
        """Take nothing back."""


def test_every_message_that_is_handed_in_is_counted() -> None:
    with ThreadPoolExecutor(2) as threads:
        publisher = a_publisher(threads)
        publisher.statistics.messages = Slow(0)  # type: ignore[assignment]
        at_once(*[lambda: publisher.publish(a_message())] * 2)
        publisher.flush()
    assert publisher.statistics.messages == 2


def test_every_message_that_sns_took_is_counted() -> None:
    with ThreadPoolExecutor(2) as threads:
        publisher = a_publisher(threads)
        publisher.statistics.succeeded = Slow(0)  # type: ignore[assignment]
        publisher.publish(a_message("1"))
        publisher.publish(a_message("2"))
        publisher.flush()
    assert publisher.statistics.succeeded == 2
    assert publisher.is_settled(SCOPE)


def test_only_one_batch_waits_for_the_pause_at_a_time() -> None:
    pause = Doorway()
    with ThreadPoolExecutor(2) as threads:
        publisher = a_publisher(threads, sleep=pause)
        publisher.publish(a_message("0"))
        at_once(*[lambda: publisher.publish(a_message())] * 3)
        publisher.flush()
    assert pause.most == 1


def test_no_reading_begins_twice_and_the_last_one_ends_the_wait() -> None:
    read: list[str] = []
    both = Barrier(2, timeout=30)

    def meet(name: str) -> None:
        read.append(name)
        both.wait()

    batch = _Batch(meet, ["one", "two"])
    batch._begun, batch._left = Slow(0), Slow(2)  # type: ignore[assignment]
    at_once(batch.read_next, batch.read_next)
    assert sorted(read) == ["one", "two"]
    assert batch._done.is_set()


@pytest.mark.parametrize("many", [1, 2])
def test_a_thread_is_taken_once_and_given_back_once(many: int) -> None:
    with ThreadPoolExecutor(4) as threads:
        readers = Readers(threads, 4)
        readers._idle = Slow(4)  # type: ignore[assignment]
        parts = [lambda: None] * (many + 1)
        at_once(lambda: readers.map("a", str, range(many)), lambda: readers.in_parallel("b", parts))
    assert readers._idle == 4


class Stored:
    def store(self, *_: Any, **__: Any) -> Outcome:
        return Outcome.STORED

    def is_overtaken(self, _: Any) -> bool:
        return False


def test_every_message_that_is_stored_is_counted() -> None:
    stand_in = cast("Any", Stored())
    reporter = Reporter(stand_in, stand_in, stand_in, stand_in, max_receive_count=5)
    item = an_item()
    for _ in range(2):
        reporter._count(item, "stored")
    [counts] = reporter._counts.values()
    counts["stored"] = Slow(0)  # type: ignore[assignment]
    at_once(*[lambda: reporter._count(item, "stored")] * 2)
    assert counts["stored"] == 2
