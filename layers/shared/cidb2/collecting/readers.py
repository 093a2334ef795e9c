"""The threads that read resources, shared fairly among the scopes.

Threads of a scope that AWS throttles are busy waiting. The next free thread goes to the scope with
the fewest at work, so a throttled scope cannot occupy all of them. While there are more threads
than resources, the fields of one resource are read concurrently. The memory for what is read at
once is shared too.
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
"""Runs independent calls, and raises what one of them raised."""


def in_turn(calls: Calls) -> None:
    """Run calls one after the other, in this thread."""
    for call in calls:
        call()


class Readers:
    """Runs up to `threads` reads at once on `executor`. Thread-safe."""

    def __init__(self, executor: Executor, threads: int) -> None:
        self._executor = executor
        self._idle = threads
        self._waiting: dict[str, deque[_Batch]] = {}
        self._at_work: Counter[str] = Counter()
        self._lock = Lock()

    def map(
        self, reader: str, read: Callable[[Argument], Result], arguments: Sequence[Argument]
    ) -> list[Result]:
        """Return the result of `read` for each argument, in order; `reader` names the scope.

        What `read` raises is raised here, after all reads have ended.
        """
        batch = _Batch(read, arguments)
        with self._lock:
            self._wait(reader, batch, len(arguments))
            starting = self._take_idle(len(arguments))
        self._start(starting)
        return batch.wait()

    def in_parallel(self, reader: str, calls: Calls) -> None:
        """Run calls concurrently: in this thread, and in others that are idle.

        For use within one of these threads: it never waits for work that has not started.
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
        """Process reads until none is left."""
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
    """Shares of a `whole`, which shrink as more are taken. Thread-safe.

    Nobody waits for a share, so slow holders do not block others. The n-th current holder gets one
    n-th of the whole, and at least `least`; so all shares together may exceed the whole, but only a
    few times.
    """

    def __init__(self, whole: int, least: int) -> None:
        self._whole = whole
        self._least = least
        self._at_work = 0
        self._lock = Lock()

    @contextmanager
    def take(self) -> Iterator[int]:
        """Hold a share during the block, and yield its size."""
        with self._lock:
            self._at_work += 1
            share = max(self._least, self._whole // self._at_work)
        try:
            yield share
        finally:
            with self._lock:
                self._at_work -= 1


class _Batch:
    """Reads whose results somebody waits for."""

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
        except BaseException as error:  # noqa: BLE001 - raised again where the results are awaited
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
