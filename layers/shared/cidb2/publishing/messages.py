"""The SNS message of an item. If it would be too large, large fields are stored in S3."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cidb2.items.canonical import to_json
from cidb2.items.claim_check import ClaimCheck
from cidb2.items.item import Item, message_attributes, statement

if TYPE_CHECKING:
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef

MAX_REQUEST_BYTES = 262_144
"""Bytes of one message, and of all messages of one PublishBatch, attributes included."""

Attributes = Mapping[str, str | list[str]]
"""Message attributes: texts, or lists of texts."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message for SNS: its ARN, body and attributes, and the name of what waits for it."""

    arn: str
    body: str
    attributes: Attributes
    source: str
    statement: str = ""
    size: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", message_size(self.body, self.attributes))


def sns_attributes(attributes: Attributes) -> Mapping[str, "MessageAttributeValueTypeDef"]:
    """Return message attributes as SNS takes them; a filter policy matches any entry of a list."""
    return {
        name: {"DataType": "String", "StringValue": value}
        if isinstance(value, str)
        else {"DataType": "String.Array", "StringValue": to_json(value)}
        for name, value in attributes.items()
    }


def message_size(body: str, attributes: Attributes) -> int:
    """Return the bytes that SNS counts: the body and each attribute's name, type and value."""
    return len(body.encode()) + sum(
        len(name.encode()) + len(told["DataType"]) + len(told["StringValue"].encode())
        for name, told in sns_attributes(attributes).items()
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
