"""The threads in which resources are read, shared fairly by everybody who reads.

A scope that AWS throttles keeps its threads waiting. Whoever has the fewest at work gets the next
one that is free, so it cannot keep them all from scopes that could go on.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from threading import Event, Lock
from typing import Any, TypeVar

Argument = TypeVar("Argument")
Result = TypeVar("Result")


class Readers:
    """Up to `threads` readings at once on `executor`. Safe to use from several threads."""

    def __init__(self, executor: Executor, threads: int) -> None:
        self._executor = executor
        self._idle = threads
        self._waiting: dict[str, deque[tuple[_Batch, int]]] = {}
        self._at_work: Counter[str] = Counter()
        self._lock = Lock()

    def map(
        self, reader: str, read: Callable[[Argument], Result], arguments: Sequence[Argument]
    ) -> list[Result]:
        """Return what `read` makes of each argument, in order; `reader` names whose work it is.

        One reader asks for one thing at a time. What `read` raises is raised here, at the end.
        """
        if not arguments:
            return []
        batch = _Batch(read, arguments)
        with self._lock:
            self._waiting[reader] = deque((batch, number) for number in range(len(arguments)))
            starting = min(self._idle, len(arguments))
            self._idle -= starting
        for _ in range(starting):
            self._executor.submit(self._work)
        return batch.wait()

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
                batch, number = self._waiting[reader].popleft()
                if not self._waiting[reader]:
                    del self._waiting[reader]
                self._at_work[reader] += 1
            batch.read(number)


class _Batch:
    """Readings that somebody waits for."""

    def __init__(self, read: Callable[[Any], Any], arguments: Sequence[Any]) -> None:
        self._read = read
        self._arguments = arguments
        self._results: list[Any] = [None] * len(arguments)
        self._left = len(arguments)
        self._error: BaseException | None = None
        self._lock = Lock()
        self._done = Event()

    def read(self, number: int) -> None:
        try:
            self._results[number] = self._read(self._arguments[number])
        except BaseException as error:  # noqa: BLE001 - whoever waits for the results gets it
            self._error = error
        with self._lock:
            self._left -= 1
            if not self._left:
                self._done.set()

    def wait(self) -> list[Any]:
        self._done.wait()
        if self._error:
            raise self._error
        return self._results
