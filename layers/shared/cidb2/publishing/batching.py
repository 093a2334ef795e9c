"""Splits messages into batches, and batches into requests that SNS accepts. Pure functions."""

from collections.abc import Iterable, Iterator

from cidb2.publishing.messages import MAX_REQUEST_BYTES, Message
from cidb2.run import RunConfig

MAX_REQUEST_ENTRIES = 10
"""Entries in one PublishBatch (SNS API Reference, PublishBatch)."""


def batch_size(config: RunConfig, messages: int) -> int:
    """Return the batch size once `messages` messages are known."""
    large = messages > config.large_batch_threshold
    return config.large_batch_size if large else config.batch_size


def requests(batch: Iterable[Message]) -> Iterator[list[Message]]:
    """Yield the PublishBatch requests of a batch: at most 10 entries and 262,144 bytes each."""
    request: list[Message] = []
    size = 0
    for message in batch:
        full = len(request) == MAX_REQUEST_ENTRIES or size + message.size > MAX_REQUEST_BYTES
        if request and full:
            yield request
            request, size = [], 0
        request.append(message)
        size += message.size
    if request:
        yield request
