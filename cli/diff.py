"""Computes the differences between two versions of a resource, by path."""

import json
from collections.abc import Mapping
from typing import Any

from cidb2.items.item import Item

COMPARED = ("resourceName", "tags", "configuration", "supplementaryConfiguration", "unreadable")
_KINDS = {
    "dictionary_item_added": "added",
    "iterable_item_added": "added",
    "dictionary_item_removed": "removed",
    "iterable_item_removed": "removed",
    "values_changed": "changed",
    "type_changes": "changed",
}


def differences(before: Item, after: Item) -> list[dict[str, Any]]:
    """Return the additions, removals and changes, each with `path`, `kind`, `before` and `after`.

    List order is ignored, because AWS does not guarantee it. JSON text, such as a policy, is
    compared by its content.
    """
    from deepdiff import DeepDiff

    found = DeepDiff(_content(before), _content(after), ignore_order=True, view="tree")
    differing = [
        {
            "path": _path(level.path(output_format="list")),
            "kind": _KINDS[report],
            "before": _plain(level.t1),
            "after": _plain(level.t2),
        }
        for report, levels in found.items()
        for level in levels
    ]
    return sorted(differing, key=lambda one: (one["path"], one["kind"]))


def _content(item: Item) -> dict[str, Any]:
    return {name: _unfolded(value) for name, value in item.items() if name in COMPARED}


def _unfolded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _unfolded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_unfolded(inner) for inner in value]
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _path(parts: list[Any]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return text.removeprefix(".")


def _plain(value: Any) -> Any:
    """Return one side of a difference; None if deepdiff says 'not present'."""
    return None if repr(value) == "not present" else value
