"""Best-effort work beside a run's summary, whose failure must not fail the run."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from cidb2.observability import logger

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def best_effort(
    problem: str,
) -> Callable[[Callable[Given, Answer]], Callable[Given, Answer | None]]:
    """Make a function log `problem` and return None if it fails, for any reason."""

    def decorate(work: Callable[Given, Answer]) -> Callable[Given, Answer | None]:
        @wraps(work)
        def attempt(*given: Given.args, **named: Given.kwargs) -> Answer | None:
            try:
                return work(*given, **named)
            except Exception:  # noqa: BLE001 - the boundary; logged, and visible in the run's output
                logger.exception(problem)
                return None

        return attempt

    return decorate
