"""Delivers a request to SNS: all messages in one batch, then those that failed one by one."""

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from cidb2.aws.backoff import full_jitter
from cidb2.errors import StorageError
from cidb2.observability import logger
from cidb2.publishing.messages import Message, sns_attributes
from cidb2.publishing.pacing import AdaptivePause
from cidb2.publishing.statistics import PublishStatistics
from cidb2.reasons import Failure, Reason, explain, explain_code

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import PublishBatchRequestEntryTypeDef

SINGLE_TRIES = 5
"""Attempts to publish a message on its own, after it failed in its batch."""


class WriteAhead(Protocol):
    """Records messages before they are sent, and those that were not accepted after all."""

    def write(self, messages: Sequence[Message]) -> None:
        """Record messages; if this raises StorageError, they are not sent."""

    def withdraw(self, messages: Sequence[Message]) -> None:
        """Withdraw the record of messages that were given up."""


class Delivery:
    """Delivers requests to one topic; `deliver` may run in several threads."""

    def __init__(
        self,
        sns: "SNSClient",
        topic_arn: str,
        notes: WriteAhead,
        pause: AdaptivePause,
        statistics: PublishStatistics,
        *,
        sleep: Callable[[float], None] = time.sleep,
        draw: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._sns = sns
        self._topic_arn = topic_arn
        self._notes = notes
        self._pause = pause
        self._statistics = statistics
        self._sleep = sleep
        self._draw = draw

    def deliver(self, messages: Sequence[Message]) -> Mapping[int, Failure]:
        """Publish messages; return the failures of those that were given up, by position."""
        try:
            self._notes.write(messages)
        except StorageError as error:
            return dict.fromkeys(range(len(messages)), explain(error))
        failed = self._publish_together(messages)
        waiting = [number for number, failure in failed.items() if _is_worth_a_try(failure)]
        for attempt in range(SINGLE_TRIES):
            if not waiting:
                break
            self._sleep(full_jitter(attempt, draw=self._draw))
            for number in waiting:
                failure = self._publish_alone(messages[number])
                if failure:
                    failed[number] = failure
                else:
                    del failed[number]
            waiting = [each for each in waiting if each in failed and failed[each].retryable]
        if failed:
            self._withdraw([messages[number] for number in failed])
        return failed

    def _publish_together(self, messages: Sequence[Message]) -> dict[int, Failure]:
        entries = [_entry(str(number), message) for number, message in enumerate(messages)]
        self._statistics.count_request(sum(message.size for message in messages))
        began = time.monotonic()
        try:
            answer = self._sns.publish_batch(
                TopicArn=self._topic_arn, PublishBatchRequestEntries=entries
            )
        except (ClientError, BotoCoreError) as error:
            failed = dict.fromkeys(range(len(messages)), explain(error))
        else:
            failed = {
                int(entry["Id"]): explain_code(entry["Code"], entry.get("Message", ""))
                for entry in answer.get("Failed", [])
            }
        self._statistics.latencies.append(1000 * (time.monotonic() - began))
        self._adapt(failed.values())
        return failed

    def _publish_alone(self, message: Message) -> Failure | None:
        entry = _entry("0", message)
        self._statistics.count_request(message.size, is_retry=True)
        try:
            self._sns.publish(
                TopicArn=self._topic_arn,
                Message=entry["Message"],
                MessageAttributes=entry["MessageAttributes"],
            )
        except (ClientError, BotoCoreError) as error:
            failure = explain(error)
            if failure.reason is Reason.THROTTLED:
                self._pause.throttled()
            return failure
        return None

    def _adapt(self, failures: Iterable[Failure]) -> None:
        """Lengthen the pause at most once per answer, or shorten it if nothing failed."""
        reasons = {failure.reason for failure in failures}
        if Reason.THROTTLED in reasons:
            self._pause.throttled()
        elif not reasons:
            self._pause.succeeded()

    def _withdraw(self, messages: Sequence[Message]) -> None:
        try:
            self._notes.withdraw(messages)
        except StorageError:
            logger.exception(
                "Messages that could not be published remain in the journal",
                extra={"arns": [message.arn for message in messages]},
            )


def _is_worth_a_try(failure: Failure) -> bool:
    """Tell whether publishing one by one may help: one bad entry may fail a whole request."""
    return failure.retryable or failure.reason is Reason.REQUEST_REJECTED


def _entry(entry_id: str, message: Message) -> "PublishBatchRequestEntryTypeDef":
    return {
        "Id": entry_id,
        "Message": message.body,
        "MessageAttributes": sns_attributes(message.attributes),
    }
