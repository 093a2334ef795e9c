"""What is done beside a run's summary, and is not worth losing the run for."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from cidb2.observability import logger

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def best_effort(
    problem: str,
) -> Callable[[Callable[Given, Answer]], Callable[Given, Answer | None]]:
    """Have a function log `problem` and return None where it fails, for whatever reason."""

    def decorate(work: Callable[Given, Answer]) -> Callable[Given, Answer | None]:
        @wraps(work)
        def attempt(*given: Given.args, **named: Given.kwargs) -> Answer | None:
            try:
                return work(*given, **named)
            except Exception:  # noqa: BLE001 - the boundary; logged, and told in the run's output
                logger.exception(problem)
                return None

        return attempt

    return decorate
