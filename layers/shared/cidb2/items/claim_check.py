"""Items too large for a message: their large fields go to S3, the message says where they are.

What is deposited lies below its item's scope, under a hash of the ARN and the fields: an item that
does not change is deposited once, and nobody can lead one item to what another deposited.
"""

import hashlib
import json
import re
from typing import TYPE_CHECKING, cast

from cidb2.aws.storage import storage
from cidb2.errors import InconsistentItemError
from cidb2.items.canonical import to_json
from cidb2.items.item import CLAIMED, Item, Pointer, without_claimed

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX = "oversize"
_NAME = re.compile(r"[0-9a-f]{64}\.json")


class ClaimCheck:
    """Leaves the large fields of items in S3, and makes those items whole again."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def deposit(self, item: Item) -> Item:
        """Return the item with a pointer to its large fields, which go to S3.

        StorageError where S3 refuses.
        """
        body = to_json({name: item.get(name) for name in CLAIMED}).encode()
        key = _key(item, body)
        with storage(self._bucket):
            self._s3.put_object(
                Bucket=self._bucket, Key=key, Body=body, ContentType="application/json"
            )
        return cast("Item", without_claimed(item, Pointer(bucket=self._bucket, key=key)))

    def redeem(self, item: Item) -> Item:
        """Return the item whole; one without a pointer is whole already.

        Only the large fields are taken over. InconsistentItemError where the pointer leads to
        anything but what was deposited of this item, StorageError where S3 refuses.
        """
        pointer = item.get("pointer")
        if pointer is None:
            return item
        check_pointer(item, self._bucket)
        with storage(self._bucket):
            body = self._s3.get_object(Bucket=self._bucket, Key=pointer["key"])["Body"].read()
        if pointer["key"] != _key(item, body):
            raise InconsistentItemError("pointer", "does not lead to what the item deposited")
        deposited = json.loads(body, parse_constant=str)
        whole = {**item, **{name: deposited[name] for name in CLAIMED}}
        del whole["pointer"]
        return cast("Item", whole)


def check_pointer(item: Item, bucket: str) -> None:
    """Raise InconsistentItemError where an item points elsewhere than its scope's deposits lie.

    Only `redeem` can tell which of them is the item's own.
    """
    pointer = item.get("pointer")
    if pointer is None:
        return
    place, _, name = pointer["key"].rpartition("/")
    if (pointer["bucket"], place) != (bucket, _place(item)) or not _NAME.fullmatch(name):
        raise InconsistentItemError("pointer", "does not lead to the scope's deposits")


def _place(item: Item) -> str:
    return f"{PREFIX}/{item['scope']}"


def _key(item: Item, body: bytes) -> str:
    digest = hashlib.sha256(item["arn"].encode() + b"\n" + body).hexdigest()
    return f"{_place(item)}/{digest}.json"
