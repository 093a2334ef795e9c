"""The SNS message of an item. If it would be too large, large fields are stored in S3."""

from dataclasses import dataclass, field

from cidb2.items.canonical import to_json
from cidb2.items.claim_check import ClaimCheck
from cidb2.items.item import Item, message_attributes, statement

MAX_REQUEST_BYTES = 262_144
"""Bytes of one message, and of all messages of one PublishBatch, attributes included."""

_ATTRIBUTE_TYPE = "String"


@dataclass(frozen=True, slots=True)
class Message:
    """One message for SNS: its ARN, body and attributes, and the name of what waits for it."""

    arn: str
    body: str
    attributes: dict[str, str]
    source: str
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


def message_of(item: Item, claim_check: ClaimCheck, source: str = "") -> Message:
    """Return the message of an item. Raises StorageError if S3 refuses a large item.

    `source` is the name by which the publisher counts the message.
    """
    message = _message(item, item, source)
    if message.size <= MAX_REQUEST_BYTES:
        return message
    return _message(item, claim_check.deposit(item), source)


def _message(item: Item, sent: Item, source: str) -> Message:
    said = statement(item["contentHash"], item["unreadable"])
    return Message(item["arn"], to_json(sent), message_attributes(item), source, said)
