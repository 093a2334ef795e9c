"""Computes consumed capacity as DynamoDB does; moto always reports one unit or a half.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations
"""

import functools
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

WRITE_UNIT_BYTES = 1024
READ_UNIT_BYTES = 4096
PROJECTION = 6
"""Index of the projection in the arguments of moto's Table.query."""

_queried = threading.local()


@dataclass(frozen=True)
class Footprint:
    """A row's size in bytes, and its entry and size in each index that contains it."""

    size: int
    entries: Mapping[str, tuple[Any, int]]


NOTHING = Footprint(0, {})


def footprint(table: Table, item: Item | None) -> Footprint:
    """Return the footprint of an item of a table."""
    if item is None:
        return NOTHING
    entries = {}
    for index in table.global_indexes:
        if all(name in item.attrs for name in index.schema_key_attrs):
            entry = index.project(item)
            keys = [item.attrs[name] for name in index.schema_key_attrs]
            entries[index.name] = ((keys, dict(entry.attrs)), entry.size())
    return Footprint(item.size(), entries)


def write_units(old: Footprint, new: Footprint) -> int:
    """Return the write units for a change from `old` to `new`, indexes included.

    The larger of the row's two states counts. An index entry costs only if it changes; a changed
    key costs a deletion and a write.
    """
    total = _units(max(old.size, new.size))
    for name in old.entries.keys() | new.entries.keys():
        (before, old_size), (after, new_size) = (
            each.entries.get(name, (None, 0)) for each in (old, new)
        )
        if before == after:
            continue
        if before and after and before[0] == after[0]:
            total += _units(max(old_size, new_size))
        else:
            total += sum(_units(size) for size in (old_size, new_size) if size)
    return total


def charged_write(method: Callable[..., Any]) -> Callable[..., Any]:
    """Write operations: add the consumed units to the response."""

    @functools.wraps(method)
    def call(handler: Any) -> Any:
        rows = list(_written(handler.body))
        tables = {name: handler.dynamodb_backend.get_table(name) for name, _ in rows}
        before = [_present(tables[name], keys) for name, keys in rows]
        result = method(handler)
        units: Counter[str] = Counter()
        for (name, keys), old in zip(rows, before, strict=True):
            units[name] += write_units(old, _present(tables[name], keys))
        _tell(handler.body, result.result, units)
        return result

    return call


def charged_query(method: Callable[..., Any]) -> Callable[..., Any]:
    """Query: add the units of what `measured_query` read to the response."""

    @functools.wraps(method)
    def call(handler: Any) -> Any:
        result = method(handler)
        units = max(1, ceil(_queried.bytes / READ_UNIT_BYTES)) * _price_of_reading(handler.body)
        _tell(handler.body, result.result, {handler.body["TableName"]: units})
        return result

    return call


def measured_query(method: Callable[..., Any]) -> Callable[..., Any]:
    """Queries: charge everything read, not only what a projection leaves."""

    @functools.wraps(method)
    def query(table: Table, *arguments: Any, **options: Any) -> Any:
        key, projection, rest = (
            arguments[:PROJECTION],
            arguments[PROJECTION],
            arguments[PROJECTION + 1 :],
        )
        found, scanned, last = method(table, *key, None, *rest, **options)
        _queried.bytes = sum(item.size() for item in found)
        if projection:
            found = [item.project(projection) for item in found]
        return found, scanned, last

    return query


def charged_batch_get(method: Callable[..., Any]) -> Callable[..., Any]:
    """BatchGetItem: charge each row on its own, and a missing one as the smallest."""

    @functools.wraps(method)
    def call(handler: Any) -> Any:
        result = method(handler)
        units = {}
        for name, wanted in handler.body["RequestItems"].items():
            table = handler.dynamodb_backend.get_table(name)
            sizes = [_present(table, keys).size for keys in wanted["Keys"]]
            each = (max(1, ceil(size / READ_UNIT_BYTES)) for size in sizes)
            units[name] = sum(each) * _price_of_reading(wanted)
        _tell(handler.body, result.result, units)
        return result

    return call


def _written(body: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the table and at least the key of each row that a request writes."""
    if "TableName" in body:
        yield body["TableName"], body.get("Item") or body["Key"]
    for name, requests in body.get("RequestItems", {}).items():
        for request in requests:
            put, delete = request.get("PutRequest"), request.get("DeleteRequest")
            yield name, put["Item"] if put else delete["Key"]


def _present(table: Table, keys: Mapping[str, Any]) -> Footprint:
    sort_key = DynamoType(keys[table.range_key_attr]) if table.range_key_attr else None
    return footprint(table, table.get_item(DynamoType(keys[table.hash_key_attr]), sort_key))


def _units(size: int) -> int:
    return max(1, ceil(size / WRITE_UNIT_BYTES))


def _price_of_reading(request: Mapping[str, Any]) -> float:
    return 1 if request.get("ConsistentRead") else 0.5


def _tell(body: Mapping[str, Any], answer: dict[str, Any], units: Mapping[str, float]) -> None:
    answer.pop("ConsumedCapacity", None)
    if body.get("ReturnConsumedCapacity", "NONE") == "NONE":
        return
    consumed = [{"TableName": name, "CapacityUnits": float(each)} for name, each in units.items()]
    answer["ConsumedCapacity"] = consumed if "RequestItems" in body else consumed[0]
