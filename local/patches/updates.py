"""Speeds up DynamoDB updates that only set attributes; moto validates them part by part each time.

All other expressions, and updates with a condition, go to moto.
"""

import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

from moto.dynamodb.exceptions import ItemSizeTooLarge, ItemSizeToUpdateTooLarge
from moto.dynamodb.models.dynamo_type import DynamoType

_ASSIGNMENT = r"(#\w+) = (?:(:\w+)|if_not_exists\((#\w+), (:\w+)\))"
_SIMPLE = re.compile(rf"SET {_ASSIGNMENT}(?:, {_ASSIGNMENT})*")
_ONE = re.compile(_ASSIGNMENT)


def assigning(original: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a backend's UpdateItem with a fast path for expressions that only assign."""

    @functools.wraps(original)
    def update_item(self: Any, table_name: str, key: Any, **asked: Any) -> Any:
        table = self.get_table(table_name)
        keys = [table.hash_key_attr, table.range_key_attr]
        if not _only_assigns(asked, key, keys):
            return original(self, table_name, key, **asked)
        at = [DynamoType(key[name]) for name in keys]
        if table.get_item(*at) is None:
            table.put_item(key)
        row = table.get_item(*at)
        try:
            for name, value in _assigned(asked, row.attrs):
                row.attrs[name] = DynamoType(value)
        except ItemSizeTooLarge:
            raise ItemSizeToUpdateTooLarge from None
        return row

    return update_item


def _only_assigns(asked: dict[str, Any], key: Any, keys: list[str]) -> bool:
    conditions = ("attribute_updates", "expected", "condition_expression")
    return bool(
        not any(asked.get(name) for name in conditions)
        and key.keys() == {*keys}
        and not {*keys} & {*asked["expression_attribute_names"].values()}
        and _SIMPLE.fullmatch(asked["update_expression"])
    )


def _assigned(asked: dict[str, Any], attrs: Any) -> Iterator[tuple[str, Any]]:
    names, values = asked["expression_attribute_names"], asked["expression_attribute_values"]
    for name, value, only_without, otherwise in _ONE.findall(asked["update_expression"]):
        if value:
            yield names[name], values[value]
        elif names[only_without] not in attrs:
            yield names[name], values[otherwise]
