"""Items too large for a message: their large fields go to S3, the message says where they are.

What is deposited is named by its own hash, so an item that does not change is deposited once.
"""

import hashlib
import json
from typing import TYPE_CHECKING, cast

from cidb2.batching import MAX_REQUEST_BYTES, Message
from cidb2.canonical import to_json
from cidb2.item import CLAIMED, Item, Pointer, message_attributes, statement, without_claimed
from cidb2.storage import storage

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX = "oversize"


class ClaimCheck:
    """Turns items into messages that SNS accepts, and pointers back into items."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def to_message(self, item: Item) -> Message:
        """Return the item's message; StorageError where S3 refuses a large item."""
        message = _message(item, to_json(item))
        if message.size <= MAX_REQUEST_BYTES:
            return message
        pointer = self._deposit(to_json({name: item.get(name) for name in CLAIMED}))
        return _message(item, to_json(without_claimed(item, pointer)))

    def redeem(self, item: Item) -> Item:
        """Return the item whole; one without a pointer is whole already."""
        pointer = item.get("pointer")
        if pointer is None:
            return item
        with storage(pointer["bucket"]):
            answer = self._s3.get_object(Bucket=pointer["bucket"], Key=pointer["key"])
            whole = {**item, **json.loads(answer["Body"].read(), parse_constant=str)}
        del whole["pointer"]
        return cast("Item", whole)

    def _deposit(self, body: str) -> Pointer:
        key = f"{PREFIX}/{hashlib.sha256(body.encode()).hexdigest()}.json"
        with storage(self._bucket):
            self._s3.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=body.encode(),
                ContentType="application/json",
            )
        return Pointer(bucket=self._bucket, key=key)


def _message(item: Item, body: str) -> Message:
    said = statement(item["contentHash"], item["unreadable"])
    return Message(item["arn"], body, message_attributes(item), item["scope"], said)
