"""Speeds up DynamoDB of moto 5.2.5 where it slows whole runs. Responses do not change."""

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from moto.dynamodb import responses
from moto.dynamodb.exceptions import ItemSizeTooLarge
from moto.dynamodb.models import dynamo_type
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table
from moto.dynamodb.models.utilities import bytesize

from local.patches.replacement import Replacement

TEXTS = ("S", "N")
ITEM_LIMIT_BYTES = 405_000  # moto's limit: AWS's is between 400 and 410 KB

_query = threading.local()
"""The key, as names and values, of the thread's current query."""


def replacements() -> Iterator[Replacement]:
    """Yield the replacements."""
    yield dynamo_type, "LimitedSizeDict", CountedDict
    yield Item, "project", _projected(Item.project)
    yield Table, "query", _narrowed(Table.query)
    yield Table, "all_items", _sorted_items
    yield Item, "__deepcopy__", _copied_flat_by_queries(Item.__deepcopy__)
    yield DynamoType, "size", _counted_once(DynamoType.size)
    yield Item, "size", _known_size(Item.size)
    check = responses.validate_put_has_empty_attrs
    yield responses, "validate_put_has_empty_attrs", _keys_asked_once(check)


class CountedDict(LimitedSizeDict):
    """A row that tracks its size; moto sums all attributes for each one added."""

    _counted = 0
    _bytes = 0

    def __setitem__(self, key: str, value: Any) -> None:
        """Set one attribute; raises ItemSizeTooLarge if the row grows too large."""
        if key in self or self._counted != len(self):
            others = ((name, kept) for name, kept in self.items() if name != key)
            self._bytes = sum(bytesize(name) + _size(kept) for name, kept in others)
        held = self._bytes + bytesize(key) + _size(value)
        if held > ITEM_LIMIT_BYTES:
            raise ItemSizeTooLarge
        dict.__setitem__(self, key, value)
        self._counted, self._bytes = len(self), held


def _projected(project: Any) -> Any:
    """Projections of rows to an index: moto converts the whole row to JSON for each attribute."""

    def projected(self: Any, paths: list[list[str]]) -> Any:
        if any(len(path) > 1 for path in paths):
            return project(self, paths)
        row = Item(self.hash_key, self.range_key, {})
        kept = {path[0]: self.attrs[path[0]] for path in paths if path[0] in self.attrs}
        dict.update(row.attrs, kept)
        return row

    return projected


def _narrowed(query: Any) -> Any:
    """Queries: moto sorts all rows of the table before it selects those of the key."""

    def narrowed(table: Any, hash_key: Any, *arguments: Any, **options: Any) -> Any:
        asked = options.get("hash_key_conditions") or [(table.hash_key_attr, hash_key)]
        _query.key = [(name, key) for name, key in asked if key.type == "S"]
        try:
            return query(table, hash_key, *arguments, **options)
        finally:
            del _query.key

    return narrowed


def _sorted_items(table: Any) -> list[Any]:
    """Rows in sort order: moto converts both keys again for each comparison."""
    key = getattr(_query, "key", ())
    rows = _partition(table, *key[0]) if key else _rows(table)
    for name, wanted in key:
        rows = [row for row in rows if (kept := row.attrs.get(name)) and kept.value == wanted.value]
    if not table.range_key_attr:
        return sorted(rows, key=lambda row: row.hash_key.cast_value)
    return sorted(rows, key=lambda row: (row.hash_key.cast_value, row.range_key.cast_value))


def _partition(table: Any, name: str, value: DynamoType) -> list[Any]:
    """Return the rows that may have this value of an attribute: a partition, or all."""
    if name == table.hash_key_attr and table.range_key_attr:
        return list(table.items[value].values()) if value in table.items else []
    return _rows(table)


def _rows(table: Any) -> list[Any]:
    """Return a copy of all rows: even a lookup of a missing row may add its partition meanwhile."""
    partitions = list(table.items.values())
    if not table.range_key_attr:
        return partitions
    return [row for partition in partitions for row in list(partition.values())]


def _copied_flat_by_queries(deepcopy: Any) -> Any:
    """Query results: moto copies every value before it builds the response."""

    def copied(self: Any, memo: Any) -> Any:
        if not hasattr(_query, "key"):
            return deepcopy(self, memo)
        row = Item(self.hash_key, self.range_key, {})
        dict.update(row.attrs, self.attrs)
        return row

    return copied


def _keys_asked_once(check: Any) -> Any:
    """Rows: moto collects the table's key attributes again for each attribute of a row."""

    def checked(row: dict[str, Any], table: Any) -> None:
        check(row, SimpleNamespace(attribute_keys=frozenset(table.attribute_keys)))

    return checked


def _counted_once(size: Any) -> Any:
    """Value sizes: values never change, but moto encodes a long text again for each measurement."""

    def counted(self: Any) -> int:
        if self.type not in TEXTS:
            return int(size(self))
        if "_counted" not in vars(self):
            self._counted = size(self)
        return int(self._counted)

    return counted


def _known_size(size: Any) -> Any:
    """Row sizes: rows track them, yet moto sums all attributes for each measurement."""

    def known(self: Any) -> int:
        row = self.attrs
        is_counted = type(row) is CountedDict and row._counted == len(row)
        return int(row._bytes if is_counted else size(self))

    return known


def _size(value: Any) -> int:
    return value.size() if type(value) is DynamoType else bytesize(str(value))
