"""The steady part of a resource: everything that only changes when somebody changes it."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from cidb2.items.canonical import in_order
from cidb2.times import iso, parse

_WHATEVER = ""
"""Matches every value of a path; AWS has no empty state."""


def steady(content: Mapping[str, Any], volatile: frozenset[str]) -> dict[str, Any]:
    """Return content without its volatile paths.

    A path consists of member names separated by dots, starting with the section, and passes through
    lists: `configuration.NetworkInterfaces.Status`. With `=value`, only that value is volatile.
    """
    kept: dict[str, Any] = _without(content, _tree(volatile))
    return kept


def kept_in_order(content: Mapping[str, Any], ordered: frozenset[str]) -> dict[str, Any]:
    """Return content with each value at one of these paths as a text, which keeps its order."""
    kept: dict[str, Any] = _in_order(content, _tree(ordered))
    return kept


def with_moments(content: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return content with the named members, ISO 8601 texts, converted to UTC."""
    return {**content, **{name: _moment(content[name]) for name in names if name in content}}


class _Branch:
    """The paths of one member: the values at which it is removed, and the paths within it."""

    def __init__(self) -> None:
        self.values: set[str] = set()
        self.inner: dict[str, _Branch] = {}


@cache
def _tree(volatile: frozenset[str]) -> dict[str, _Branch]:
    root = _Branch()
    for path in volatile:
        names, _, value = path.partition("=")
        branch = root
        for name in names.split("."):
            branch = branch.inner.setdefault(name, _Branch())
        branch.values.add(value or _WHATEVER)
    return root.inner


def _without(value: Any, tree: Mapping[str, _Branch]) -> Any:
    if isinstance(value, list):
        return [_without(inner, tree) for inner in value]
    if not isinstance(value, Mapping) or not tree:
        return value
    return {
        name: _without(inner, tree[name].inner) if name in tree else inner
        for name, inner in value.items()
        if name not in tree or not _goes(inner, tree[name].values)
    }


def _in_order(value: Any, tree: Mapping[str, _Branch]) -> Any:
    if isinstance(value, list):
        return [_in_order(inner, tree) for inner in value]
    if not isinstance(value, Mapping) or not tree:
        return value
    return {
        name: _ordered(inner, tree[name]) if name in tree else inner
        for name, inner in value.items()
    }


def _ordered(value: Any, branch: _Branch) -> Any:
    return in_order(value) if branch.values else _in_order(value, branch.inner)


def _goes(value: Any, values: set[str]) -> bool:
    return _WHATEVER in values or (isinstance(value, str) and value in values)


def _moment(text: Any) -> Any:
    """Return the time in a text in UTC; any other value stays as it is."""
    try:
        return iso(parse(text))
    except (TypeError, ValueError):
        return text
