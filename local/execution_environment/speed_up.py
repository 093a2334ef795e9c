"""Makes waits shorter in an execution environment, for tests of retries and timeouts.

Sleeps are divided by the scale. A response with status NO_ANSWER becomes a read timeout at once.
The clock does not change: signatures and capture times depend on it.
"""

import time
from typing import Any

from urllib3.connection import HTTPConnection

NO_ANSWER = 418
"""HTTP status that stands for a missing response; AWS never uses it."""


def speed_up(scale: float) -> None:
    """Divide all sleeps in this process by `scale`, permanently."""
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
