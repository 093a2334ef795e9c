"""Reading in threads: in order, bounded, and fair to everybody who reads."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import Barrier, Event, Lock, Semaphore
from typing import Any

import pytest

from cidb2.collecting.readers import Readers
from tests.support.fakes import InlineExecutor


def test_results_come_in_the_order_of_what_was_asked() -> None:
    with ThreadPoolExecutor(4) as threads:
        readers = Readers(threads, 4)
        assert readers.map("a", lambda number: number * 2, range(100)) == [*range(0, 200, 2)]
        assert readers.map("a", str, []) == []


def test_one_thread_is_enough_and_no_stack_is_too_deep() -> None:
    assert len(Readers(InlineExecutor(), 1).map("a", str, range(5_000))) == 5_000


def test_no_more_are_read_at_once_than_there_are_threads() -> None:
    lock, at_once, most = Lock(), 0, 0

    def read(_: int) -> None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.001)
        with lock:
            at_once -= 1

    with ThreadPoolExecutor(16) as threads:
        readers = Readers(threads, 3)
        with ThreadPoolExecutor(4) as scopes:
            list(scopes.map(lambda name: readers.map(name, read, range(20)), "abcd"))
    assert most == 3


def test_an_error_is_raised_where_the_result_is_waited_for() -> None:
    def read(number: int) -> int:
        if number == 3:
            raise ValueError("three")
        return number

    with ThreadPoolExecutor(2) as threads:
        readers = Readers(threads, 2)
        with pytest.raises(ValueError, match="three"):
            readers.map("a", read, range(10))
        assert readers.map("a", read, [1, 2]) == [1, 2]


def test_who_waits_for_long_does_not_keep_others_waiting() -> None:
    """One scope has every thread and each of its readings hangs; freed one by one, they change."""
    may_go, read_by = Event(), []

    def slow(_: int) -> None:
        may_go.wait(timeout=30)
        read_by.append("slow")

    with ThreadPoolExecutor(4) as threads, ThreadPoolExecutor(2) as scopes:
        readers = Readers(threads, 4)
        first = scopes.submit(readers.map, "slow", slow, range(40))
        while readers._at_work["slow"] < 4:
            time.sleep(0.001)
        second = scopes.submit(readers.map, "quick", lambda _: read_by.append("quick"), range(10))
        while "quick" not in readers._waiting:
            time.sleep(0.001)
        may_go.set()
        first.result()
        second.result()
    assert read_by.count("quick") == 10
    assert read_by.index("quick") <= 4
    last_quick = len(read_by) - 1 - read_by[::-1].index("quick")
    assert last_quick < 30


def test_every_round_has_all_threads_and_no_more() -> None:
    lock, at_once, most = Lock(), 0, 0

    def read(meeting: Barrier) -> None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        meeting.wait()
        with lock:
            at_once -= 1

    with ThreadPoolExecutor(16) as threads:
        readers = Readers(threads, 3)
        for _ in range(3):
            meeting = Barrier(3, timeout=30)
            readers.map("a", read, [meeting] * 6)
            readers.in_parallel("a", [partial(read, meeting)] * 3)
            readers.map("b", read, [])
    assert most == 3


def test_who_has_read_much_before_is_not_the_last_to_read_now() -> None:
    """After a round of one's own, both have the same share of the next."""
    held, may_go, order = Semaphore(0), Event(), list[str]()

    def hold(_: int) -> None:
        held.release()
        may_go.wait(timeout=30)

    with ThreadPoolExecutor(4) as threads, ThreadPoolExecutor(3) as scopes:
        readers = Readers(threads, 4)
        readers.map("busy", str, range(100))
        waiting = [scopes.submit(readers.map, "held", hold, range(4))]
        for _ in range(4):
            assert held.acquire(timeout=30)
        for name in ("busy", "new"):
            waiting.append(
                scopes.submit(readers.map, name, lambda _, n=name: _read(order, n), range(8))
            )
            while name not in readers._waiting:
                time.sleep(0.001)
        may_go.set()
        for each in waiting:
            each.result()
    assert Counter(order) == {"busy": 8, "new": 8}
    assert 2 <= order[:8].count("busy") <= 6


def _read(order: list[str], name: str) -> None:
    """Take so long that every other thread has its turn."""
    order.append(name)
    time.sleep(0.005)


class Submitted(InlineExecutor):
    """Keeps what was submitted until a test runs it."""

    def __init__(self) -> None:
        self.work: list[partial[object]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.work.append(partial(fn, *args, **kwargs))
        return Future()


def test_parts_are_helped_by_as_many_threads_as_there_are_others() -> None:
    threads, done = Submitted(), list[int]()
    Readers(threads, 8).in_parallel("a", [partial(done.append, part) for part in range(4)])
    assert done == [0, 1, 2, 3]
    assert len(threads.work) == 3


def test_a_single_part_takes_nobody_from_other_work() -> None:
    threads, done = Submitted(), list[int]()
    Readers(threads, 8).in_parallel("a", [partial(done.append, 0)])
    assert (done, threads.work) == ([0], [])


def test_what_was_asked_first_is_read_first() -> None:
    read = list[str]()
    threads = Submitted()
    readers = Readers(threads, 1)
    with ThreadPoolExecutor(2) as scopes:
        for name in ("first", "second"):
            scopes.submit(readers.map, "a", read.append, [name] * 3)
            while sum(map(len, readers._waiting.values())) < 3 * (1 + (name == "second")):
                time.sleep(0.001)
        [work] = threads.work
        work()
    assert read == ["first"] * 3 + ["second"] * 3


def test_the_parts_of_one_reading_go_side_by_side_while_threads_are_idle() -> None:
    meeting = Barrier(4, timeout=30)
    with ThreadPoolExecutor(4) as threads:
        readers = Readers(threads, 4)
        parts = [meeting.wait] * 4
        assert readers.map("a", lambda _: readers.in_parallel("a", parts), [0]) == [None]
        assert not meeting.broken


def test_parts_are_read_though_no_thread_is_idle() -> None:
    done: list[int] = []
    with ThreadPoolExecutor(2) as threads:
        readers = Readers(threads, 2)

        def read(number: int) -> None:
            readers.in_parallel(
                "a", [partial(done.append, 10 * number + part) for part in range(10)]
            )

        readers.map("a", read, range(50))
    assert sorted(done) == [*range(500)]


def test_an_error_in_a_part_is_the_readings() -> None:
    with ThreadPoolExecutor(2) as threads:
        readers = Readers(threads, 2)

        def read(_: int) -> None:
            readers.in_parallel("a", [lambda: None, lambda: 1 / 0, lambda: None])

        with pytest.raises(ZeroDivisionError):
            readers.map("a", read, [0])
        assert readers.map("a", str, [1]) == ["1"]
