"""The wait before a request is retried."""

import random
from collections.abc import Callable

LONGEST_WAIT_SECONDS = 5.0


def full_jitter(
    attempt: int,
    *,
    base_seconds: float = 0.1,
    longest_seconds: float = LONGEST_WAIT_SECONDS,
    draw: Callable[[float, float], float] = random.uniform,
) -> float:
    """Return a random wait before retry `attempt` (from 0), up to a bound that doubles each time.

    After 'Exponential Backoff And Jitter', AWS Architecture Blog.
    """
    return draw(0.0, min(longest_seconds, base_seconds * 2**attempt))
