"""Which requests are sent again, and when: botocore's standard mode, by its own parts."""

from functools import cache
from http import HTTPStatus
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.model import OperationModel
from botocore.retries.quota import RetryQuota
from botocore.retries.standard import (
    ExponentialBackoff,
    RetryEventAdapter,
    RetryHandler,
    RetryPolicy,
    RetryQuotaChecker,
    StandardRetryConditions,
)

Outcome = tuple[AWSResponse, dict[str, Any]] | Exception
"""What came of an attempt: a response and what it says, or why there was none."""


class Retries:
    """The retries of one service in one region, and the quota that they share."""

    def __init__(self, attempts: int) -> None:
        new_handler: Any = RetryHandler
        self._quota: Any = RetryQuotaChecker(RetryQuota())
        self._handler = new_handler(_policy(attempts), RetryEventAdapter(), self._quota)

    def wait(
        self, attempt: int, model: OperationModel, outcome: Outcome, context: dict[str, Any]
    ) -> float | None:
        """Return the seconds to wait before the next attempt, None where there is to be none.

        `attempt` counts from 1. Where too many attempts or retries forbid the next one, the
        answer's metadata says so.
        """
        response, error = (None, outcome) if isinstance(outcome, Exception) else (outcome, None)
        if response and response[0].status_code < HTTPStatus.MULTIPLE_CHOICES:
            self._quota.release_retry_quota(context, response[0])
            return None
        wait: float | None = self._handler.needs_retry(
            attempts=attempt,
            operation=model,
            response=response,
            caught_exception=error,
            request_dict={"context": context},
        )
        return wait


@cache
def _policy(attempts: int) -> RetryPolicy:
    return RetryPolicy(StandardRetryConditions(attempts), ExponentialBackoff())
