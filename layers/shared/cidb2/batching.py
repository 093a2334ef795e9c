"""Cutting messages into batches, and batches into requests that SNS accepts. Pure functions."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from cidb2.run import RunConfig

MAX_REQUEST_ENTRIES = 10
"""Entries in one PublishBatch (SNS API Reference, PublishBatch)."""

MAX_REQUEST_BYTES = 262_144
"""Bytes of one message, and of all messages of one PublishBatch, attributes included."""

_ATTRIBUTE_TYPE = "String"

Element = TypeVar("Element")


@dataclass(frozen=True, slots=True)
class Message:
    """One message for SNS: what it says of which ARN, and the scope whose success it counts for."""

    arn: str
    body: str
    attributes: dict[str, str]
    scope: str
    statement: str = ""
    size: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", message_size(self.body, self.attributes))


def message_size(body: str, attributes: dict[str, str]) -> int:
    """Return the bytes that SNS counts: the body and each attribute's name, type and value."""
    return len(body.encode()) + sum(
        len(name.encode()) + len(_ATTRIBUTE_TYPE) + len(value.encode())
        for name, value in attributes.items()
    )


def batch_size(config: RunConfig, messages: int) -> int:
    """Return how many messages go into a batch once `messages` of them are known."""
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


def chunks(elements: Iterable[Element], size: int) -> Iterator[Sequence[Element]]:
    """Yield the elements in order, `size` at a time."""
    iterator = iter(elements)
    while chunk := list(islice(iterator, size)):
        yield chunk
