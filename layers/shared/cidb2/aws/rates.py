"""Request rates per operation: unlimited until AWS throttles.

AWS limits most requests with a token bucket per operation. While it throttles, the rate of requests
that still succeed is the bucket's refill rate, so requests continue at that rate.
"""

import time
from collections import deque
from collections.abc import Callable
from threading import Lock

WINDOW_SECONDS = 2.0
"""The period over which answers are counted."""

SETTLING_SECONDS = 0.5
"""Requests sent before a cut are still refused after it, which is no reason to cut again."""

CUT = 0.8
GROWTH_A_SECOND = 0.1
SLOWEST = 0.5
"""Requests a second."""


class OperationRate:
    """The rate of one operation of one client. Safe to use from several threads."""

    def __init__(
        self,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sleep = sleep
        self._clock = clock
        self._lock = Lock()
        self._rate: float | None = None
        self._next = 0.0
        self._changed_at = 0.0
        self._cut_at = 0.0
        self._answers: deque[float] = deque()

    @property
    def per_second(self) -> float | None:
        """Requests per second; None until the first refusal."""
        return self._rate

    def wait(self) -> None:
        """Wait until the next request may go out."""
        with self._lock:
            if self._rate is None:
                return
            moment = self._clock()
            turn = max(self._next, moment)
            self._next = turn + 1 / self._rate
        self._sleep(turn - moment)

    def answered(self) -> None:
        """Record an answer; if there is a rate, raise it a little."""
        with self._lock:
            moment = self._clock()
            self._answers.append(moment)
            while self._answers[0] < moment - WINDOW_SECONDS:
                self._answers.popleft()
            if self._rate is not None and moment > self._changed_at:
                self._rate *= 1 + GROWTH_A_SECOND * (moment - self._changed_at)
                self._changed_at = moment

    def refused(self) -> None:
        """Record a refusal; lower the rate below the rate of recent answers."""
        with self._lock:
            moment = self._clock()
            if self._rate is not None and moment < self._cut_at + SETTLING_SECONDS:
                return
            self._cut_at = self._changed_at = moment
            just_now = [each for each in self._answers if each >= moment - WINDOW_SECONDS]
            elapsed = moment - just_now[0] if just_now else WINDOW_SECONDS
            measured = len(just_now) / max(elapsed, SETTLING_SECONDS)
            self._rate = max(SLOWEST, CUT * min(measured, self._rate or measured))
