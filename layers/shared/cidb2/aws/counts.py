"""What came of requests: how many went out, how many were throttled, and what they used."""

from collections import Counter
from collections.abc import Mapping
from threading import Lock
from typing import Any

from cidb2.aws.rates import OperationRate
from cidb2.aws.usage import Usage, add_up, used_by
from cidb2.reasons import Reason, explain_code

Requests = Counter[tuple[str, str]]
"""Requests by region and operation, the operation as in `kms:ListKeys`."""


class Counts:
    """The requests of one session. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests: Requests = Counter()
        self._throttles = 0
        self._used: Usage = {}

    def add(
        self,
        region: str,
        operation: str,
        rate: OperationRate,
        answer: Mapping[str, Any] | None,
        answer_bytes: int,
    ) -> None:
        """Count a request and tell its `rate` what came of it; no answer where none came."""
        is_refused = answer is not None and _is_throttled(answer)
        if is_refused:
            rate.refused()
        elif answer is not None:
            rate.answered()
        used = used_by(operation, answer, answer_bytes)
        with self._lock:
            if used:
                self._used = add_up(self._used, used)
            self._requests[region, operation] += 1
            self._throttles += is_refused

    def requests_so_far(self) -> Requests:
        """Return how many requests went out, retries among them, by region and operation."""
        with self._lock:
            return self._requests.copy()

    def requests_since(self, before: Requests, region: str | None = None) -> int:
        """Return how many went out since `before`, to one region or to all."""
        new = self.requests_so_far() - before
        return sum(count for (place, _), count in new.items() if region in (None, place))

    def throttles_so_far(self) -> int:
        """Return how many answers said that the rate is too high."""
        return self._throttles

    def take_used(self) -> Usage:
        """Return what the requests used, since this was last asked, of what AWS charges for."""
        with self._lock:
            used, self._used = self._used, {}
            return used


def _is_throttled(answer: Mapping[str, Any]) -> bool:
    code = (answer.get("Error") or {}).get("Code", "")
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return bool(code) and explain_code(code, "", status).reason is Reason.THROTTLED
