"""Queues of moto 5.2.5: traces, deletions during arrivals, and lazily computed attributes."""

import functools
import json
from collections.abc import Iterator, Mapping
from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.sqs.exceptions import ReceiptHandleIsInvalid
from moto.sqs.models import Queue, SQSBackend

from local.gateway.tracing import sending_with_trace
from local.patches.replacement import Replacement


def replacements() -> Iterator[Replacement]:
    """Yield the replacements."""
    yield SQSBackend, "send_message", sending_with_trace(SQSBackend.send_message)
    yield Queue, "delete_message", delete_message
    yield Queue, "attributes", property(LazyAttributes)


def delete_message(self: Any, receipt_handle: str) -> None:
    """Delete under the queue's lock; moto swaps its message list and loses concurrent arrivals."""
    delete_messages(self, {receipt_handle})


def delete_messages(queue: Any, receipt_handles: set[str]) -> None:
    """Delete any number of a queue's messages in one pass."""
    unknown = receipt_handles - queue.deleted_messages
    kept = []
    with queue._messages_lock:
        for message in queue._messages:
            handles = set(message.all_receipt_handles)
            if handles & unknown:
                unknown -= handles
                queue.pending_messages.discard(message)
                queue.deleted_messages.update(handles)
            else:
                kept.append(message)
        queue._messages = kept
    if unknown:
        raise ReceiptHandleIsInvalid


class LazyAttributes(Mapping[str, Any]):
    """A queue's attributes, each computed on access.

    moto computes all attributes for every message sent or received, and each time counts the
    queue's messages several times.
    """

    def __init__(self, queue: Any) -> None:
        self._queue = queue

    def __getitem__(self, name: str) -> Any:
        if name not in set(self):
            raise KeyError(name)
        value = getattr(self._queue, snake_case(name))
        if name == "RedrivePolicy" and value:
            return json.dumps(value)
        return str(value).lower() if isinstance(value, bool) else value

    def __iter__(self) -> Iterator[str]:
        yield from Queue.BASE_ATTRIBUTES
        yield from Queue.FIFO_ATTRIBUTES if self._queue.fifo_queue else []
        yield from Queue.KMS_ATTRIBUTES if self._queue.kms_master_key_id else []

    def __len__(self) -> int:
        return len(list(self))


snake_case = functools.cache(camelcase_to_underscores)
