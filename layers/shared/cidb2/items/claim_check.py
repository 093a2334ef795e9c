"""Items too large for a message: their large fields go to S3, and the message points to them.

The object's key is below the item's scope and contains a hash of the ARN and the fields. So an
unchanged item is stored once, and an item cannot point to the fields of another.
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
    """Stores the large fields of items in S3, and restores them."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def deposit(self, item: Item) -> Item:
        """Store the large fields of an item in S3, and return the item with a pointer to them.

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
        """Return the item with its large fields; without a pointer, the item is already complete.

        Only the large fields are read from S3. Raises InconsistentItemError if the pointer leads to
        anything but the fields of this item, and StorageError if S3 refuses.
        """
        pointer = item.get("pointer")
        if pointer is None:
            return item
        check_pointer(item, self._bucket)
        with storage(self._bucket):
            body = self._s3.get_object(Bucket=self._bucket, Key=pointer["key"])["Body"].read()
        if pointer["key"] != _key(item, body):
            raise InconsistentItemError("pointer", "does not point to the item's own fields")
        deposited = json.loads(body, parse_constant=str)
        whole = {**item, **{name: deposited[name] for name in CLAIMED}}
        del whole["pointer"]
        return cast("Item", whole)


def check_pointer(item: Item, bucket: str) -> None:
    """Raise InconsistentItemError if an item's pointer is not below the prefix of its scope.

    Only `redeem` can tell whether the object belongs to the item.
    """
    pointer = item.get("pointer")
    if pointer is None:
        return
    place, _, name = pointer["key"].rpartition("/")
    if (pointer["bucket"], place) != (bucket, _place(item)) or not _NAME.fullmatch(name):
        raise InconsistentItemError("pointer", "does not point to the scope's large items")


def _place(item: Item) -> str:
    return f"{PREFIX}/{item['scope']}"


def _key(item: Item, body: bytes) -> str:
    digest = hashlib.sha256(item["arn"].encode() + b"\n" + body).hexdigest()
    return f"{_place(item)}/{digest}.json"
