"""Computes the billed size of a DynamoDB item.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

import math
from collections.abc import Mapping
from typing import Any

WRITE_UNIT_BYTES = 1_024


def write_units(item: Mapping[str, Any]) -> int:
    """Return the write units of an item in DynamoDB's types."""
    return math.ceil(item_bytes(item) / WRITE_UNIT_BYTES)


def item_bytes(item: Mapping[str, Any]) -> int:
    """Return the size of an item's names and values, in bytes."""
    return sum(len(name.encode()) + _bytes(value) for name, value in item.items())


def _bytes(value: Any) -> int:
    [(kind, content)] = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return len(content.strip("-0.").replace(".", "")) // 2 + 2
        case "B":
            return len(content)
        case "L":
            return 3 + sum(1 + _bytes(each) for each in content)
        case "M":
            return 3 + sum(1 for _ in content) + item_bytes(content)
        case _:
            return 1
