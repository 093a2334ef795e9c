"""The threads in which resources are read, shared fairly by everybody who reads.

A scope that AWS throttles keeps its threads waiting. Whoever has the fewest at work gets the next
one that is free, so it cannot keep them all from scopes that could go on. While there are more
threads than resources, the fields of one resource are read side by side. What is read at once takes
memory, which is shared too.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from threading import Event, Lock
from typing import Any, TypeVar

Argument = TypeVar("Argument")
Result = TypeVar("Result")
Calls = Sequence[Callable[[], object]]
InParallel = Callable[[Calls], None]
"""Does calls that do not depend on each other, and raises what one of them raised."""


def in_turn(calls: Calls) -> None:
    """Do calls one after the other, in this thread."""
    for call in calls:
        call()


class Readers:
    """Up to `threads` readings at once on `executor`. Safe to use from several threads."""

    def __init__(self, executor: Executor, threads: int) -> None:
        self._executor = executor
        self._idle = threads
        self._waiting: dict[str, deque[_Batch]] = {}
        self._at_work: Counter[str] = Counter()
        self._lock = Lock()

    def map(
        self, reader: str, read: Callable[[Argument], Result], arguments: Sequence[Argument]
    ) -> list[Result]:
        """Return what `read` makes of each argument, in order; `reader` names whose work it is.

        What `read` raises is raised here, at the end.
        """
        batch = _Batch(read, arguments)
        with self._lock:
            self._wait(reader, batch, len(arguments))
            starting = self._take_idle(len(arguments))
        self._start(starting)
        return batch.wait()

    def in_parallel(self, reader: str, calls: Calls) -> None:
        """Do calls side by side, as far as threads are idle, and in this thread.

        For work that already runs in one of these threads: it never waits for unstarted work.
        """
        batch = _Batch(_do, calls)
        with self._lock:
            starting = self._take_idle(len(calls) - 1)
            self._wait(reader, batch, starting)
        self._start(starting)
        while batch.read_next():
            pass
        batch.wait()

    def _wait(self, reader: str, batch: "_Batch", places: int) -> None:
        if places:
            self._waiting.setdefault(reader, deque()).extend([batch] * places)

    def _take_idle(self, wanted: int) -> int:
        taken = min(self._idle, wanted)
        self._idle -= taken
        return taken

    def _start(self, threads: int) -> None:
        for _ in range(threads):
            self._executor.submit(self._work)

    def _work(self) -> None:
        """Read one after the other until nothing is left to read."""
        reader: str | None = None
        while True:
            with self._lock:
                if reader is not None:
                    self._at_work[reader] -= 1
                if not self._waiting:
                    self._idle += 1
                    return
                reader = min(self._waiting, key=self._at_work.__getitem__)
                batch = self._waiting[reader].popleft()
                if not self._waiting[reader]:
                    del self._waiting[reader]
                self._at_work[reader] += 1
            batch.read_next()


class Shares:
    """Shares of a `whole`, smaller the more there are at work. Safe to use from several threads.

    Nobody waits for a share, so nobody who is slow keeps others from theirs. All shares together
    come to more than the whole, but no more than a few times that: the n-th of those who are at
    work gets an n-th of it, and `least` at least.
    """

    def __init__(self, whole: int, least: int) -> None:
        self._whole = whole
        self._least = least
        self._at_work = 0
        self._lock = Lock()

    @contextmanager
    def take(self) -> Iterator[int]:
        """Be at work meanwhile, and yield how much that is."""
        with self._lock:
            self._at_work += 1
            share = max(self._least, self._whole // self._at_work)
        try:
            yield share
        finally:
            with self._lock:
                self._at_work -= 1


class _Batch:
    """Readings that somebody waits for."""

    def __init__(self, read: Callable[[Any], Any], arguments: Sequence[Any]) -> None:
        self._read = read
        self._arguments = arguments
        self._results: list[Any] = [None] * len(arguments)
        self._begun = 0
        self._left = len(arguments)
        self._error: BaseException | None = None
        self._lock = Lock()
        self._done = Event()

    def read_next(self) -> bool:
        """Do the next unstarted read; return whether there was one."""
        with self._lock:
            number = self._begun
            self._begun += 1
        if number >= len(self._arguments):
            return False
        try:
            self._results[number] = self._read(self._arguments[number])
        except BaseException as error:  # noqa: BLE001 - whoever waits for the results gets it
            self._error = error
        with self._lock:
            self._left -= 1
            if not self._left:
                self._done.set()
        return True

    def wait(self) -> list[Any]:
        if self._arguments:
            self._done.wait()
        if self._error:
            raise self._error
        return self._results


def _do(call: Callable[[], object]) -> None:
    call()
