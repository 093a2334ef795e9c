"""The time limits of a collector: those of its invocation and of its run."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from cidb2.errors import RunDeadlineError
from cidb2.times import now, parse


class Deadline:
    """Tells when the remaining time is less than the margin plus the slowest step so far.

    `remaining_ms` is the Lambda context's get_remaining_time_in_millis. Each invocation makes some
    progress before it hands over, so every collection ends, at the latest at `of_run`, its run's
    deadline.
    """

    def __init__(
        self,
        remaining_ms: Callable[[], int],
        margin_seconds: float,
        of_run: str,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._remaining_ms = remaining_ms
        self._margin_seconds = margin_seconds
        self._of_run = of_run
        self._end_of_run = parse(of_run)
        self._clock = clock
        self._longest_step_seconds = 0.0
        self._has_progressed = False

    def is_near(self) -> bool:
        """Tell whether to hand over to the next invocation. RunDeadlineError as from `check`."""
        self.check()
        needed = self._margin_seconds + self._longest_step_seconds
        return self._has_progressed and self._remaining_ms() < needed * 1000

    def check(self) -> None:
        """Raise RunDeadlineError once the run's deadline has passed."""
        if self._clock() >= self._end_of_run:
            raise RunDeadlineError(self._of_run)

    @contextmanager
    def step(self) -> Iterator[None]:
        """Measure one step of the work, and count it as progress."""
        with self.measuring():
            yield
        self.progressed()

    @contextmanager
    def measuring(self) -> Iterator[None]:
        """Measure work that the next invocation may have to repeat."""
        began = time.monotonic()
        try:
            yield
        finally:
            taken = time.monotonic() - began
            self._longest_step_seconds = max(self._longest_step_seconds, taken)

    def progressed(self) -> None:
        """Record progress: the next invocation would start further on than this one did."""
        self._has_progressed = True
