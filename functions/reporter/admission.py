"""Admits messages: only items that a collector of this stack may have published."""

import json
from dataclasses import dataclass
from typing import cast

from cidb2.errors import InconsistentItemError, InvalidInputError, UnknownMessageError
from cidb2.items.claim_check import check_pointer
from cidb2.items.consistency import CLOCK_SKEW, check_consistency
from cidb2.items.item import Item
from cidb2.times import now, parse
from cidb2.validation import check


@dataclass(frozen=True, slots=True)
class Admission:
    """Admits items, and rejects all other messages.

    `partition` is the stack's AWS partition, `bucket` the bucket in which its collectors store the
    large fields of items.
    """

    partition: str
    bucket: str

    def admit(self, body: str) -> Item:
        """Return the item of a message.

        Raises UnknownMessageError if it is not an item, and InconsistentItemError if it contradicts
        its own scope, or claims what its collector cannot have seen.
        """
        item = decode(body)
        check_consistency(item)
        if item["arn"].split(":", 2)[1] != self.partition:
            raise InconsistentItemError("arn", "not in the stack's partition")
        if parse(item["configurationItemCaptureTime"]) - now() > CLOCK_SKEW:
            raise InconsistentItemError("configurationItemCaptureTime", "is in the future")
        check_pointer(item, self.bucket)
        return item


def decode(body: str) -> Item:
    """Return a message as an item. Raises UnknownMessageError if it is not valid."""
    try:
        item = json.loads(body)
        check("item", item, "message", quoting=False)
    except (ValueError, InvalidInputError) as error:
        raise UnknownMessageError(str(error)) from error
    return cast("Item", item)
