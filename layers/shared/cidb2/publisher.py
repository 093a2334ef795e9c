"""Publishing messages to SNS in adaptive batches.

A batch is the unit of pacing and of statistics. SNS's limits cut it into requests, which go out
side by side; what fails is published again one by one; what still fails is named.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, wait
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from cidb2.batching import Message, batch_size, chunks, requests
from cidb2.errors import StorageError
from cidb2.observability import logger
from cidb2.pacing import AdaptivePause, full_jitter
from cidb2.reasons import Failure, Reason, explain, explain_code
from cidb2.run import RunConfig
from cidb2.statistics import PublishStatistics

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import PublishBatchRequestEntryTypeDef

SINGLE_TRIES = 5
"""How often a message that failed in its batch is published alone before it is given up."""

BATCHES_IN_FLIGHT = 8


class Publisher:
    """Publishes the messages of one collection; `publish` may be called from several threads.

    `write_down` is given every request's messages before they go out; where it raises
    StorageError they do not, and count as failed.
    """

    def __init__(
        self,
        sns: "SNSClient",
        config: RunConfig,
        executor: Executor,
        *,
        write_down: Callable[[Sequence[Message]], None] = lambda _: None,
        sleep: Callable[[float], None] = time.sleep,
        draw: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._sns = sns
        self._config = config
        self._executor = executor
        self._write_down = write_down
        self._sleep = sleep
        self._draw = draw
        self._pause = AdaptivePause(config.batch_delay_ms / 1000)
        self._pending: list[Message] = []
        self._in_flight: set[Future[None]] = set()
        self._slots = BoundedSemaphore(BATCHES_IN_FLIGHT)
        self._outstanding: Counter[str] = Counter()
        self._lock = Lock()
        self._turn = Lock()
        self.statistics = PublishStatistics()
        self.published: Counter[str] = Counter()
        self.failures: dict[str, list[Failure]] = {}

    def publish(self, message: Message) -> None:
        """Take a message; send what makes a batch. Waits while too many batches are under way.

        Until `large_batch_threshold` messages are known nothing is sent, since only then is the
        size of their batches.
        """
        with self._lock:
            self._pending.append(message)
            self._outstanding[message.scope] += 1
            self.statistics.messages += 1
            self.statistics.bytes += message.size
            ready = self._take_large_batches()
        for batch in ready:
            self._send(batch)

    def flush(self) -> None:
        """Send what is left and wait until every message is published or given up."""
        with self._lock:
            size = batch_size(self._config, self.statistics.messages)
            rest, self._pending = self._pending, []
        for batch in chunks(rest, size):
            self._send(list(batch))
        wait(self._in_flight)
        for future in self._in_flight:
            future.result()
        self._in_flight.clear()

    def is_settled(self, scope: str) -> bool:
        """Tell whether every message of `scope` so far is published or given up."""
        return not self._outstanding[scope]

    def _take_large_batches(self) -> list[list[Message]]:
        if self.statistics.messages <= self._config.large_batch_threshold:
            return []
        size = self._config.large_batch_size
        whole = len(self._pending) // size * size
        ready, self._pending = self._pending[:whole], self._pending[whole:]
        return [list(batch) for batch in chunks(ready, size)]

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

    def _request(self, messages: list[Message], remaining: "Remaining") -> None:
        try:
            failed = self._publish_written_down(messages)
            for attempt in range(SINGLE_TRIES):
                if not failed:
                    break
                self._sleep(full_jitter(attempt, draw=self._draw))
                failed = self._publish_alone(failed)
            for message, failure in failed:
                self._give_up(message, failure)
        finally:
            remaining.one_done()

    def _publish_written_down(self, messages: list[Message]) -> list[tuple[Message, Failure]]:
        try:
            self._write_down(messages)
        except StorageError as error:
            for message in messages:
                self._give_up(message, explain(error))
            return []
        return self._publish_together(messages)

    def _publish_together(self, messages: list[Message]) -> list[tuple[Message, Failure]]:
        entries = [_entry(str(number), message) for number, message in enumerate(messages)]
        self.statistics.count(requests=1)
        try:
            answer = self._sns.publish_batch(
                TopicArn=self._config.sns_topic_arn, PublishBatchRequestEntries=entries
            )
        except (ClientError, BotoCoreError) as error:
            failure = self._note(explain(error))
            return self._triage([(message, failure) for message in messages])
        for entry in answer.get("Successful", []):
            self._succeed(messages[int(entry["Id"])])
        refused = answer.get("Failed", [])
        if not refused:
            self._pause.succeeded()
        return self._triage(
            [
                (
                    messages[int(entry["Id"])],
                    self._note(explain_code(entry["Code"], entry.get("Message", ""))),
                )
                for entry in refused
            ]
        )

    def _publish_alone(
        self, failed: list[tuple[Message, Failure]]
    ) -> list[tuple[Message, Failure]]:
        still_failing = []
        for message, _ in failed:
            entry = _entry("0", message)
            self.statistics.count(requests=1, retries=1)
            try:
                self._sns.publish(
                    TopicArn=self._config.sns_topic_arn,
                    Message=entry["Message"],
                    MessageAttributes=entry["MessageAttributes"],
                )
            except (ClientError, BotoCoreError) as error:
                failure = self._note(explain(error))
                if failure.retryable:
                    still_failing.append((message, failure))
                else:
                    self._give_up(message, failure)
            else:
                self._succeed(message)
        return still_failing

    def _triage(self, failed: list[tuple[Message, Failure]]) -> list[tuple[Message, Failure]]:
        """Give up what no retry can mend; a rejected request may be one bad entry's doing."""
        worth_retrying = []
        for message, failure in failed:
            if failure.retryable or failure.reason is Reason.REQUEST_REJECTED:
                worth_retrying.append((message, failure))
            else:
                self._give_up(message, failure)
        return worth_retrying

    def _note(self, failure: Failure) -> Failure:
        if failure.reason is Reason.THROTTLED:
            self._pause.throttled()
        return failure

    def _succeed(self, message: Message) -> None:
        with self._lock:
            self.statistics.succeeded += 1
            self.published[message.scope] += 1
            self._outstanding[message.scope] -= 1

    def _give_up(self, message: Message, failure: Failure) -> None:
        logger.error(
            "A message could not be published",
            extra={"arn": message.arn, "scope": message.scope, "error_code": failure.error_code},
        )
        with self._lock:
            self.statistics.failed += 1
            self.statistics.name_failed(message.arn, failure.error_code)
            self.failures.setdefault(message.scope, []).append(failure)
            self._outstanding[message.scope] -= 1


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


def _entry(entry_id: str, message: Message) -> "PublishBatchRequestEntryTypeDef":
    return {
        "Id": entry_id,
        "Message": message.body,
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value}
            for name, value in message.attributes.items()
        },
    }


def _succeeded(future: Future[None]) -> bool:
    return future.done() and future.exception() is None
