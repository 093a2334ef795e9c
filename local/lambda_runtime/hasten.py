"""Makes time pass faster inside an execution environment, for tests of retries and timeouts.

Sleeps and socket timeouts are divided by the scale, and botocore's rate limiter sees as many more
seconds pass. The clock itself stays right: signatures and capture times depend on it.
"""

import socket
import time

from botocore.retries.bucket import Clock, TokenBucket

SHORTEST_TIMEOUT_SECONDS = 0.6
"""What an honest answer may take on a busy machine, however fast time passes."""


def hasten(scale: float) -> None:
    """Let `scale` seconds pass in each, in this process, for good."""
    sleep, settimeout = time.sleep, socket.socket.settimeout
    sleep_amount = TokenBucket._sleep_amount

    def shorter_timeout(self: socket.socket, seconds: float | None) -> None:
        settimeout(self, seconds and max(seconds / scale, SHORTEST_TIMEOUT_SECONDS))

    def shorter_wait(self: TokenBucket, amount: int) -> float:
        return float(sleep_amount(self, amount)) / scale

    time.sleep = lambda seconds: sleep(seconds / scale)
    socket.socket.settimeout = shorter_timeout  # type: ignore[assignment,method-assign]
    Clock.current_time = lambda _: time.time() * scale  # type: ignore[method-assign]
    TokenBucket._sleep_amount = shorter_wait  # type: ignore[method-assign]
