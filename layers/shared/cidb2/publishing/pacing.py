"""The pause between batches: it grows when SNS throttles and shrinks when it does not."""

from threading import Lock

FIRST_STEP_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 5.0
_NEGLIGIBLE_SECONDS = 0.001


class AdaptivePause:
    """The pause in seconds before the next batch. Thread-safe."""

    def __init__(self, first_seconds: float) -> None:
        self._seconds = first_seconds
        self._lock = Lock()

    @property
    def seconds(self) -> float:
        return self._seconds

    def throttled(self) -> None:
        """Double the pause, from 50 ms at least to 5 s at most."""
        with self._lock:
            doubled = max(self._seconds * 2, FIRST_STEP_SECONDS)
            self._seconds = min(doubled, LONGEST_PAUSE_SECONDS)

    def succeeded(self) -> None:
        """Halve the pause, and end it below a millisecond."""
        with self._lock:
            halved = self._seconds / 2
            self._seconds = halved if halved >= _NEGLIGIBLE_SECONDS else 0.0
