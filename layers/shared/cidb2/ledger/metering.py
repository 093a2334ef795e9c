"""Measures and records what an invocation used, from which a run's cost is estimated."""

import math
import time

from aws_lambda_powertools.utilities.typing import LambdaContext

from cidb2.aws.clients import Clients
from cidb2.aws.usage import (
    LAMBDA_GB_SECONDS,
    LAMBDA_REQUESTS,
    LAMBDA_SECONDS,
    WRITE_UNITS,
    Usage,
    add_up,
)
from cidb2.errors import StorageError
from cidb2.ledger.writer import Ledger
from cidb2.observability import logger

_MEGABYTES_IN_A_GIGABYTE = 1024
_OWN_ROW: Usage = {WRITE_UNITS: 1}


class Meter:
    """Measures one invocation of `function`, from now on. An environment runs one at a time.

    The first invocation of an environment includes the CPU time of the environment's start.
    """

    def __init__(self, function: str, context: LambdaContext) -> None:
        self._function = function
        self._request_id = context.aws_request_id
        self._gigabytes = int(context.memory_limit_in_mb) / _MEGABYTES_IN_A_GIGABYTE
        self._began = time.monotonic() - _init_seconds()

    def read(self, hub: Clients) -> Usage:
        """Return the usage up to now; requests are those since the last call.

        Lambda charges for whole milliseconds.
        """
        seconds = math.ceil(1000 * (time.monotonic() - self._began)) / 1000
        of_lambda = {
            LAMBDA_SECONDS: seconds,
            LAMBDA_GB_SECONDS: seconds * self._gigabytes,
            LAMBDA_REQUESTS: 1,
        }
        return add_up(hub.counts.take_used(), of_lambda)

    def write_down(
        self, run_id: str, hub: Clients, ledger: Ledger, *, account_id: str | None = None
    ) -> None:
        """Record what the invocation used for the run, and for which account, if for one.

        If the ledger cannot be written, the usage is logged, and the run's estimate is too low.
        """
        used = add_up(self.read(hub), _OWN_ROW)
        try:
            ledger.add_usage(run_id, self._function, self._request_id, used, account_id)
        except StorageError:
            logger.exception(
                "The usage of an invocation could not be recorded", extra={"usage": used}
            )


_init_is_counted = False


def _init_seconds() -> float:
    """Return the CPU time of the environment's start at the first call, then 0."""
    global _init_is_counted  # noqa: PLW0603 - an environment begins once
    seconds = 0.0 if _init_is_counted else time.process_time()
    _init_is_counted = True
    return seconds
