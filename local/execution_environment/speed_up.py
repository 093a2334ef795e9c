"""Makes time pass faster inside an execution environment, for tests of retries and timeouts.

Sleeps are divided by the scale. An answer that would not come in time says so at once: the front's
NO_ANSWER is a read timeout here. The clock itself stays right: signatures and capture times depend
on it.
"""

import time
from typing import Any

from urllib3.connection import HTTPConnection

NO_ANSWER = 418
"""The HTTP status, one that AWS never uses, by which the embedded AWS stands for no answer."""


def speed_up(scale: float) -> None:
    """Let `scale` seconds pass in each, in this process, for good."""
    sleep = time.sleep
    connection: Any = HTTPConnection
    get_response = connection.getresponse

    def response_in_time(self: Any) -> Any:
        response = get_response(self)
        if response.status == NO_ANSWER:
            raise TimeoutError("timed out")
        return response

    time.sleep = lambda seconds: sleep(float(seconds) / scale)
    connection.getresponse = response_in_time
