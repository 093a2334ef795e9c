"""Races that code without its lock loses every time, and not once in a while."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock
from typing import Any

A_WHILE = 0.05
"""Seconds in which every other thread gets as far as a lock lets it."""


def at_once(*calls: Callable[[], object]) -> None:
    """Do calls side by side, begun at the same moment; raise what one of them raised."""
    start = Barrier(len(calls), timeout=30)

    def begin(call: Callable[[], object]) -> None:
        start.wait()
        call()

    with ThreadPoolExecutor(len(calls)) as threads:
        for _ in threads.map(begin, calls):
            pass


class Slow(float):
    """A number that takes a while to compute with, so that who reads it meanwhile reads the old."""

    def __add__(self, other: float) -> "Slow":
        return self._later(float(self) + other)

    def __sub__(self, other: float) -> "Slow":
        return self._later(float(self) - other)

    def __mul__(self, other: float) -> "Slow":
        return self._later(float(self) * other)

    def __truediv__(self, other: float) -> "Slow":
        return self._later(float(self) / other)

    def __index__(self) -> int:
        return int(self)

    def _later(self, result: float) -> "Slow":
        time.sleep(A_WHILE)
        return Slow(result)


class Doorway:
    """Something to call that takes a while; `most` is how many threads were ever in it at once."""

    def __init__(self, answer: Any = None) -> None:
        self.most = 0
        self._answer = answer
        self._inside = 0
        self._lock = Lock()

    def __call__(self, *_: Any) -> Any:
        with self._lock:
            self._inside += 1
            self.most = max(self.most, self._inside)
        time.sleep(A_WHILE)
        with self._lock:
            self._inside -= 1
        return self._answer
