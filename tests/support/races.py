"""Race conditions that code without its lock always loses."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock
from typing import Any

A_WHILE = 0.05
"""Seconds for all other threads to run until they block."""


def at_once(*calls: Callable[[], object]) -> None:
    """Run calls concurrently, started at the same time; raise the error of any of them."""
    start = Barrier(len(calls), timeout=30)

    def begin(call: Callable[[], object]) -> None:
        start.wait()
        call()

    with ThreadPoolExecutor(len(calls)) as threads:
        for _ in threads.map(begin, calls):
            pass


class Slow(float):
    """A number that is slow to compute with, so that a concurrent reader sees the old value."""

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
    """A slow callable; `most` is the maximum number of concurrent threads in it."""

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
