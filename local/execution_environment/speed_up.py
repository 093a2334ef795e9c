"""Makes waits shorter in an execution environment, for tests of retries and timeouts.

Sleeps are divided by the scale. A response with status NO_ANSWER becomes a read timeout at once.
The clock does not change: signatures and capture times depend on it.
"""

import time
from http.client import HTTPResponse
from typing import Any

NO_ANSWER = 418
"""HTTP status that stands for a missing response; AWS never uses it."""


def speed_up(scale: float) -> None:
    """Divide all sleeps in this process by `scale`, permanently."""
    sleep = time.sleep
    response: Any = HTTPResponse
    begin = response.begin

    def begin_in_time(self: Any) -> None:
        begin(self)
        if self.status == NO_ANSWER:
            raise TimeoutError("timed out")

    time.sleep = lambda seconds: sleep(float(seconds) / scale)
    response.begin = begin_in_time
