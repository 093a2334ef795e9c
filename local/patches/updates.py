"""Speeds up DynamoDB updates, which moto validates part by part each time.

Those that only set attributes are done here. All other expressions, and updates with a condition,
go to moto, whose ten validators walk through all of an expression.
"""

import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

from moto.dynamodb.exceptions import ItemSizeTooLarge, ItemSizeToUpdateTooLarge
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.parsing import ast_nodes

from local.patches.replacement import Replacement

_ASSIGNMENT = r"(#\w+) = (?:(:\w+)|if_not_exists\((#\w+), (:\w+)\))"
_UNTYPED: Any = ast_nodes
_SIMPLE = re.compile(rf"SET {_ASSIGNMENT}(?:, {_ASSIGNMENT})*")
_ONE = re.compile(_ASSIGNMENT)


def replacements() -> Iterator[Replacement]:
    """Yield the replacements that also apply if moto runs in the caller's process."""
    yield _UNTYPED.DepthFirstTraverser, "traverse_node_recursively", _walk


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


def _walk(self: Any, node: Any, child_id: int = -1) -> Any:
    """Validators: moto asks each node for its classes, which are abstract and slow to ask."""
    kind: Any = type(node)
    if not _is_node(kind):
        return node
    parent = node.parent
    for place, child in enumerate(node.children or ()):
        self.pre_processing_of_child(node, place)
        self.traverse_node_recursively(child, place)
    if _concerns(self, kind):
        node = self.process(node)
        node.parent = parent
        if parent:
            parent.children[child_id] = node
    return node


@functools.cache
def _is_node(kind: type) -> bool:
    return issubclass(kind, _UNTYPED.Node)


_concerned: dict[tuple[type, type], bool] = {}


def _concerns(validator: Any, kind: type) -> bool:
    """Return whether a validator processes a kind of node."""
    about = (type(validator), kind)
    if about not in _concerned:
        _concerned[about] = issubclass(kind, validator.nodes_to_be_processed())
    return _concerned[about]
