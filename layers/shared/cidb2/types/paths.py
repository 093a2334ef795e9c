"""Paths into AWS's answers, as declarations write them.

A path consists of member names separated by dots, and passes through lists:
`Attachments.InstanceId`. `*` is every value of a map, `@` the value itself; a trailing slash or
colon selects what follows the last slash or colon of a text. A member that is missing or has
another shape has no value: nothing raises.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

ITSELF = "@"
EACH = "*"

_NAME = r"(?:[A-Za-z][\w-]*|\*)"
_PATH = re.compile(
    rf"(?:\$parent\.)*(?:@[/:]?|\$(?:arn|account|region)|\$listing\.{_NAME}"
    rf"|(?:\$described\.)?{_NAME}(?:\.{_NAME})*[/:]?)",
    re.ASCII,
)


def check_path(path: str) -> str:
    """Return a path. Raises ValueError if it is invalid."""
    if not _PATH.fullmatch(path):
        raise ValueError(f"not a path: {path!r}")
    return path


def values(path: str, value: Any) -> Iterator[Any]:
    """Yield the values at a path, each entry of a list separately; nothing if it is missing."""
    names, separator = _parsed(path)
    for found in _within(value, names):
        if not separator:
            yield found
        elif isinstance(found, str):
            yield found.rpartition(separator)[2]


def first(path: str, value: Any) -> Any | None:
    """Return the first value at a path, None if there is none."""
    if type(value) is dict and type(found := value.get(path)) is str:
        return found  # a member's name is most paths, and a text what stands there
    return next(values(path, value), None)


def at(path: str, value: Any) -> Any | None:
    """Return the value at a path that passes through no list; it may be a list itself."""
    names, _ = _parsed(path)
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


@cache
def _parsed(path: str) -> tuple[tuple[str, ...], str]:
    """Return the names of a path, and the character whose last part it selects, if any."""
    names = path.rstrip("/:")
    return () if names == ITSELF else tuple(names.split(".")), path[len(names) :]


def _within(value: Any, names: tuple[str, ...]) -> Iterator[Any]:
    if isinstance(value, list):
        for inner in value:
            yield from _within(inner, names)
    elif not names:
        if value is not None:
            yield value
    elif isinstance(value, Mapping):
        inners = value.values() if names[0] == EACH else [value.get(names[0])]
        for inner in inners:
            yield from _within(inner, names[1:])
