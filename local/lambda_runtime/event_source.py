"""SQS event source mappings, polled as Lambda does. moto's own pollers are disabled.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
"""

import base64
import json
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, Self
from unittest import mock

from moto.awslambda.models import LambdaBackend, lambda_backends
from moto.sqs.models import sqs_backends

from local.lambda_runtime.environment import Outcome
from local.lambda_runtime.pool import TooManyRequestsError
from local.lambda_runtime.runtime import Runtime
from local.patches.queues import delete_messages

LONG_POLL_SECONDS = 0.2  # for messages that become visible again; new ones wake the poller at once
GATHER_SECONDS = 0.05  # interval between receives while a batch fills
PAYLOAD_LIMIT_BYTES = 6 * 1024 * 1024
RECORD_OVERHEAD_BYTES = 1024
DEFAULT_CONCURRENCY = 5  # Lambda's initial number of pollers
THROTTLED_SECONDS = 0.5
log = logging.getLogger(__name__)


class EventSources:
    """While open, runs a poller for each mapping that is created or updated through Lambda's API.

    `redelivery_seconds`, if given, replaces the queue's visibility timeout for failed messages, so
    that tests need not wait for minutes. `time_scale` shortens batching windows.
    """

    def __init__(
        self, runtime: Runtime, redelivery_seconds: int | None = None, time_scale: float = 1
    ) -> None:
        self._runtime = runtime
        self._time_scale = time_scale
        self._redelivery_seconds = redelivery_seconds
        self._pollers: list[Poller] = []
        self._cleanup = ExitStack()

    def __enter__(self) -> Self:
        """Replace moto's pollers."""
        create = LambdaBackend.create_event_source_mapping

        def create_and_poll(backend: Any, spec: dict[str, Any]) -> Any:
            mapping = create(backend, spec)
            queue = _queue(mapping)
            queue.lambda_event_source_mappings.clear()
            poller = Poller(
                mapping, queue, self._runtime, self._redelivery_seconds, self._time_scale
            )
            self._pollers.append(poller)
            return mapping

        hook = mock.patch.object(LambdaBackend, "create_event_source_mapping", create_and_poll)
        self._cleanup.enter_context(hook)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop all pollers."""
        self._cleanup.close()
        for poller in self._pollers:
            poller.stop()


class Poller:
    """Polls one queue and invokes one function, with several batches in flight."""

    def __init__(
        self,
        mapping: Any,
        queue: Any,
        runtime: Runtime,
        redelivery_seconds: int | None,
        time_scale: float,
    ) -> None:
        self._mapping = mapping
        self._queue = queue
        self._runtime = runtime
        self._redelivery_seconds = redelivery_seconds
        self._time_scale = time_scale
        limits = mapping.scaling_config or {}
        concurrency = int(limits.get("MaximumConcurrency", DEFAULT_CONCURRENCY))
        self._slots = threading.Semaphore(concurrency)
        self._workers = ThreadPoolExecutor(concurrency)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._poll, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop polling, and wait for the batches in flight."""
        self._stopped.set()
        self._thread.join()
        self._workers.shutdown(wait=True)

    def _poll(self) -> None:
        carried: list[Any] = []
        while not self._stopped.is_set():
            batch, carried = self._gather(carried)
            if batch:
                self._slots.acquire()
                self._workers.submit(self._deliver, batch)

    def _gather(self, batch: list[Any]) -> tuple[list[Any], list[Any]]:
        """Return a batch, and the messages that exceed its payload limit."""
        window = int(self._mapping.max_batch_window or 0) / self._time_scale
        deadline = None
        while not self._stopped.is_set():
            room = self._mapping.batch_size - len(batch)
            if room and self._mapping.enabled:
                batch += self._receive(room)
            fitting = _that_fit(batch)
            if batch and deadline is None:
                deadline = time.monotonic() + window
            full = len(batch) >= self._mapping.batch_size or fitting < len(batch)
            if batch and (full or time.monotonic() >= (deadline or 0)):
                return batch[:fitting], batch[fitting:]
            self._await_arrivals(gathering=bool(batch))
        return [], []

    def _await_arrivals(self, *, gathering: bool) -> None:
        """Wait for a message; while `gathering`, wait briefly for more."""
        if gathering:
            self._stopped.wait(GATHER_SECONDS)
            return
        with self._queue._messages_lock:
            self._queue._messages_lock.wait(LONG_POLL_SECONDS)

    def _receive(self, count: int) -> list[Any]:
        backend = sqs_backends[self._queue.account_id][self._queue.region]
        with self._queue._messages_lock:  # else a concurrent deletion raises here
            messages: list[Any] = backend.receive_message(
                self._queue.name, count, 0, self._queue.visibility_timeout, ["All"]
            )
        return messages

    def _deliver(self, batch: list[Any]) -> None:
        try:
            failed = self._failed(batch)
            done = {message.receipt_handle for message in batch if message.id not in failed}
            delete_messages(self._queue, done)
            if self._redelivery_seconds is not None:
                self._show_again(failed)
        except Exception:
            log.exception("event source mapping of %s", self._mapping.function_arn)
        finally:
            self._slots.release()

    def _failed(self, batch: list[Any]) -> set[str]:
        """Invoke the function; return the ids of the messages that stay in the queue."""
        everything = {message.id for message in batch}
        backend = lambda_backends[self._mapping.account_id][self._mapping.region]
        function = backend.get_function(self._mapping.function_arn)
        records = [_record(message, self._mapping) for message in batch]
        event = json.dumps({"Records": records}).encode()
        outcome = self._invoke(function, event)
        if outcome is None or outcome.error:
            return everything
        if "ReportBatchItemFailures" not in (self._mapping.function_response_types or []):
            return set()
        answer = json.loads(outcome.payload or b"null") or {}
        failures = {item.get("itemIdentifier") for item in answer.get("batchItemFailures") or []}
        return everything if failures - everything else failures  # an unknown id fails all

    def _invoke(self, function: Any, event: bytes) -> Outcome | None:
        while not self._stopped.is_set():
            try:
                return self._runtime.invoke(function, event)
            except TooManyRequestsError:
                self._stopped.wait(THROTTLED_SECONDS)
        return None

    def _show_again(self, failed: set[str]) -> None:
        for message in self._queue._messages:
            if message.id in failed:
                message.change_visibility(self._redelivery_seconds)


def _queue(mapping: Any) -> Any:
    _, _, _, region, account, name = mapping.event_source_arn.split(":")
    return sqs_backends[account][region].queues[name]


def _that_fit(batch: list[Any]) -> int:
    size = 0
    for index, message in enumerate(batch):
        size += len(message.body.encode()) + RECORD_OVERHEAD_BYTES
        if size > PAYLOAD_LIMIT_BYTES:
            return max(index, 1)
    return len(batch)


def _record(message: Any, mapping: Any) -> dict[str, Any]:
    """Return a message as a function receives it.

    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    """
    attributes = {
        "ApproximateReceiveCount": message.approximate_receive_count,
        "SentTimestamp": message.sent_timestamp,
        "SenderId": message.sender_id,
        "ApproximateFirstReceiveTimestamp": message.approximate_first_receive_timestamp,
        **{name: value["StringValue"] for name, value in message.system_attributes.items()},
    }
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": {name: str(value) for name, value in attributes.items()},
        "messageAttributes": {
            name: _attribute(value) for name, value in message.message_attributes.items()
        },
        "md5OfBody": message.body_md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": mapping.event_source_arn,
        "awsRegion": mapping.region,
    }


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"dataType": value["DataType"]}
    if value.get("StringValue") is not None:
        shown["stringValue"] = value["StringValue"]
    if (binary := value.get("BinaryValue")) is not None:
        encoded = isinstance(binary, str)  # moto's SNS delivers binary values encoded
        shown["binaryValue"] = binary if encoded else base64.b64encode(binary).decode()
    return {**shown, "stringListValues": [], "binaryListValues": []}
