"""Measuring an invocation, and writing down what it used: what a run's cost is estimated from."""

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
    """Measures one invocation of `function`, from when it is made. Environments take one at once.

    The first of an environment includes what the environment took to begin: its CPU time.
    """

    def __init__(self, function: str, context: LambdaContext) -> None:
        self._function = function
        self._request_id = context.aws_request_id
        self._gigabytes = int(context.memory_limit_in_mb) / _MEGABYTES_IN_A_GIGABYTE
        self._began = time.monotonic() - _init_seconds()

    def read(self, hub: Clients) -> Usage:
        """Return what was used up to now; of requests, what was not returned before.

        Lambda charges for whole milliseconds.
        """
        seconds = math.ceil(1000 * (time.monotonic() - self._began)) / 1000
        of_lambda = {
            LAMBDA_SECONDS: seconds,
            LAMBDA_GB_SECONDS: seconds * self._gigabytes,
            LAMBDA_REQUESTS: 1,
        }
        return add_up(hub.take_used(), of_lambda)

    def write_down(
        self, run_id: str, hub: Clients, ledger: Ledger, *, account_id: str | None = None
    ) -> None:
        """Write down what the invocation used for the run, and for which account if for one.

        Where the ledger cannot be written the log has it, and the run's estimate is too low.
        """
        used = add_up(self.read(hub), _OWN_ROW)
        try:
            ledger.add_usage(run_id, self._function, self._request_id, used, account_id)
        except StorageError:
            logger.exception("What was used could not be written down", extra={"usage": used})


_init_is_counted = False


def _init_seconds() -> float:
    """Return the CPU time that the environment took to begin, once; 0 from then on."""
    global _init_is_counted  # noqa: PLW0603 - an environment begins once
    seconds = 0.0 if _init_is_counted else time.process_time()
    _init_is_counted = True
    return seconds
