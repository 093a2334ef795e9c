"""Publishing messages to SNS in adaptive batches.

A batch is the unit of pacing and of statistics. SNS's limits split it into requests, which are sent
concurrently by `delivery`. Messages that still fail are named in the statistics.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, wait
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING

from cidb2.chunks import chunks
from cidb2.observability import logger
from cidb2.publishing.batching import batch_size, requests
from cidb2.publishing.delivery import Delivery, WriteAhead
from cidb2.publishing.messages import Message
from cidb2.publishing.pacing import AdaptivePause
from cidb2.publishing.statistics import PublishStatistics
from cidb2.reasons import Failure
from cidb2.run import RunConfig

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

BATCHES_IN_FLIGHT = 8
MAX_PENDING_BYTES = 4 * 1024 * 1024
"""Bytes of messages that may wait for a full batch, or for its size to be known."""


class Publisher:
    """Publishes the messages of one service of an account; `publish` is thread-safe.

    `slots` bounds the batches in flight, also those of other publishers that share it.
    """

    def __init__(
        self,
        sns: "SNSClient",
        config: RunConfig,
        executor: Executor,
        notes: WriteAhead,
        slots: BoundedSemaphore | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        draw: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._config = config
        self._executor = executor
        self._sleep = sleep
        self._pause = AdaptivePause(config.batch_delay_ms / 1000)
        self._pending: list[Message] = []
        self._pending_bytes = 0
        self._in_flight: set[Future[None]] = set()
        self._slots = slots or BoundedSemaphore(BATCHES_IN_FLIGHT)
        self._outstanding: Counter[str] = Counter()
        self._lock = Lock()
        self._turn = Lock()
        self.statistics = PublishStatistics()
        self.published: Counter[str] = Counter()
        self.failures: dict[str, list[Failure]] = {}
        self._delivery = Delivery(
            sns,
            config.sns_topic_arn,
            notes,
            self._pause,
            self.statistics,
            sleep=sleep,
            draw=draw,
        )

    def publish(self, message: Message) -> None:
        """Add a message, and send a full batch. Waits while too many batches are being sent.

        Nothing is sent until `large_batch_threshold` messages are known, because they decide the
        batch size, or until more than `MAX_PENDING_BYTES` wait.
        """
        with self._lock:
            self._pending.append(message)
            self._pending_bytes += message.size
            self._outstanding[message.source] += 1
            self.statistics.messages += 1
            self.statistics.bytes += message.size
            ready = self._take_ready()
        for batch in ready:
            self._send(batch)

    def flush(self) -> None:
        """Send the rest, and wait until every message is published or given up."""
        with self._lock:
            rest = self._take(len(self._pending))
        for batch in rest:
            self._send(batch)
        wait(self._in_flight)
        for future in self._in_flight:
            future.result()
        self._in_flight.clear()

    def is_settled(self, source: str) -> bool:
        """Tell whether every message of `source` so far is published or given up."""
        return not self._outstanding[source]

    def _take_ready(self) -> list[list[Message]]:
        waiting = len(self._pending)
        if self._pending_bytes > MAX_PENDING_BYTES:
            return self._take(waiting)
        if self.statistics.messages <= self._config.large_batch_threshold:
            return []
        return self._take(waiting - waiting % self._config.large_batch_size)

    def _take(self, number: int) -> list[list[Message]]:
        """Return the first of the pending messages, in batches of the size that counts by now."""
        size = batch_size(self._config, self.statistics.messages)
        taken, self._pending = self._pending[:number], self._pending[number:]
        self._pending_bytes -= sum(message.size for message in taken)
        return [*chunks(taken, size)]

    def _send(self, batch: list[Message]) -> None:
        with self._turn:
            if self.statistics.batches:
                self._sleep(self._pause.seconds)
            self._slots.acquire()
            self.statistics.batch_began()
            parts = list(requests(batch))
            remaining = Remaining(len(parts), self._slots.release)
            for part in parts:
                self._in_flight.add(self._executor.submit(self._request, part, remaining))
            self._in_flight = {future for future in self._in_flight if not _succeeded(future)}

    def _request(self, messages: Sequence[Message], remaining: "Remaining") -> None:
        try:
            failed = self._delivery.deliver(messages)
            with self._lock:
                for number, message in enumerate(messages):
                    self._outstanding[message.source] -= 1
                    if number in failed:
                        self._give_up(message, failed[number])
                    else:
                        self.statistics.succeeded += 1
                        self.published[message.source] += 1
        finally:
            remaining.one_done()

    def _give_up(self, message: Message, failure: Failure) -> None:
        logger.error(
            "A message could not be published",
            extra={"arn": message.arn, "source": message.source, "error_code": failure.error_code},
        )
        self.statistics.failed += 1
        self.statistics.name_failed(message.arn, failure.error_code)
        self.failures.setdefault(message.source, []).append(failure)


class Remaining:
    """Calls `when_none` once all parts of a batch are done."""

    def __init__(self, parts: int, when_none: Callable[[], None]) -> None:
        self._parts = parts
        self._when_none = when_none
        self._lock = Lock()

    def one_done(self) -> None:
        with self._lock:
            self._parts -= 1
            if not self._parts:
                self._when_none()


def _succeeded(future: Future[None]) -> bool:
    return future.done() and future.exception() is None
