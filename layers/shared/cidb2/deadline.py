"""How long a collector may go on before it has to hand over to its next invocation."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Deadline:
    """Knows when less time is left than the slowest step so far and the margin need.

    `remaining_ms` is Lambda's own clock (the context's get_remaining_time_in_millis). An
    invocation always does one step, so that every invocation brings the collection forward.
    """

    def __init__(self, remaining_ms: Callable[[], int], margin_seconds: float) -> None:
        self._remaining_ms = remaining_ms
        self._margin_seconds = margin_seconds
        self._longest_step_seconds = 0.0
        self._has_worked = False

    def is_near(self) -> bool:
        needed = self._margin_seconds + self._longest_step_seconds
        return self._has_worked and self._remaining_ms() < needed * 1000

    @contextmanager
    def step(self) -> Iterator[None]:
        """Measure one step of the work."""
        began = time.monotonic()
        yield
        self.took(time.monotonic() - began)

    def took(self, seconds: float) -> None:
        """Take note of a step that was measured elsewhere."""
        self._longest_step_seconds = max(self._longest_step_seconds, seconds)
        self._has_worked = True
