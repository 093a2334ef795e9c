"""How long a collector may go on: until its invocation has to hand over, or its run has to end."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from cidb2.errors import RunDeadlineError
from cidb2.times import now, parse


class Deadline:
    """Knows when less time is left than the slowest step so far and the margin need.

    `remaining_ms` is Lambda's own clock (the context's get_remaining_time_in_millis). An
    invocation always makes some progress before it hands over, so a collection always comes to
    its end, or to `of_run`, the deadline that its run wrote down.
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
        """Raise RunDeadlineError where the run has to end: no invocation may go on after it."""
        if self._clock() >= self._end_of_run:
            raise RunDeadlineError(self._of_run)

    @contextmanager
    def step(self) -> Iterator[None]:
        """Measure one step of the work, which brings the collection forward."""
        with self.measuring():
            yield
        self.progressed()

    @contextmanager
    def measuring(self) -> Iterator[None]:
        """Measure what the next invocation may have to do again."""
        began = time.monotonic()
        try:
            yield
        finally:
            taken = time.monotonic() - began
            self._longest_step_seconds = max(self._longest_step_seconds, taken)

    def progressed(self) -> None:
        """Take note that the next invocation would begin further on than this one did."""
        self._has_progressed = True
