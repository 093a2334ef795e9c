"""Makes time pass faster inside an execution environment, for tests of retries and timeouts.

Sleeps and socket timeouts are divided by the scale, and botocore's rate limiter sees as many more
seconds pass. The clock itself stays right: signatures and capture times depend on it.
"""

import socket
import time
from typing import Any

from botocore.retries import bucket

SHORTEST_TIMEOUT_SECONDS = 0.6
"""What an honest answer may take on a busy machine, however fast time passes."""


def hasten(scale: float) -> None:
    """Let `scale` seconds pass in each, in this process, for good."""
    sleep, settimeout = time.sleep, socket.socket.settimeout
    limiter: Any = bucket.TokenBucket
    clock: Any = bucket.Clock
    sockets: Any = socket.socket
    sleep_amount = limiter._sleep_amount

    def shorter_timeout(self: socket.socket, seconds: float | None) -> None:
        settimeout(self, seconds and max(seconds / scale, SHORTEST_TIMEOUT_SECONDS))

    clocks: Any = time
    clocks.sleep = lambda seconds: sleep(seconds / scale)
    sockets.settimeout = shorter_timeout
    clock.current_time = lambda _: time.time() * scale
    limiter._sleep_amount = lambda self, amount: sleep_amount(self, amount) / scale
