"""Drops possible secrets when they are read, according to AWS's model and the declaration.

The models mark members as sensitive. They miss some secrets and mark some members that are not
secret, so declarations add paths (`secret`), which may have a condition, and exempt others
(`keep`).
"""

from collections.abc import Iterable, Mapping, Set
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from cidb2.types.conditions import Condition
from cidb2.types.paths import EACH, ITSELF, check_path

ANYWHERE = "**."
"""Begins the path of a member anywhere in a shape, which may be recursive."""

Tree = dict[str, Any]
"""The paths to sensitive members, as a tree, which is recursive if the shape is.

A path with a condition ends with the condition.
"""

_DROPPED: Tree = {}


class Secrets:
    """Drops possible secrets from the content of one call."""

    def __init__(self, shape: Shape, secret: Iterable[str], keep: Iterable[str]) -> None:
        paths = [secret_path(text) for text in secret]
        anywhere = {path.removeprefix(ANYWHERE) for path, _ in paths if path.startswith(ANYWHERE)}
        self._sensitive = _sensitive(shape, anywhere)
        self._secret = _tree(each for each in paths if not each[0].startswith(ANYWHERE))
        self._keep = _tree((path, None) for path in keep)

    def drop(self, content: Any, name: str, omitted: set[str]) -> Any:
        """Return content without secrets, and add the path of each, after `name`, to `omitted`.

        Returns None if the whole content is a secret.
        """
        if self._sensitive is None and self._secret is None:
            return content
        trees = (self._sensitive, self._secret, self._keep)
        if _is_dropped(*trees):
            omitted.add(name)
            return None
        return _without(content, trees, name, omitted)


_Trees = tuple[Tree | None, Tree | None, Tree | None]


def _without(value: Any, trees: _Trees, path: str, omitted: set[str]) -> Any:
    if isinstance(value, list):
        return [_without(inner, trees, path, omitted) for inner in value]
    if not isinstance(value, Mapping) or (trees[0] is None and trees[1] is None):
        return value
    kept = {}
    for name, inner in value.items():
        # The account chooses the keys of a map, so all of them have the same path.
        # Everything below the end of a tree is part of that end.
        known = name if any(name in tree for tree in trees if tree) else EACH
        sensitive, secret, keep = (tree and tree.get(name, tree.get(EACH)) for tree in trees)
        if isinstance(secret, Condition):
            secret = _DROPPED if secret.holds(value) else None
        if keep == _DROPPED and name not in (trees[1] or {}):
            secret = None  # one value of a map: all others are dropped
        if not _is_dropped(sensitive, secret, keep):
            below = f"{path}.{known}"
            kept[name] = _without(inner, (sensitive, secret, keep), below, omitted)
        elif inner not in (None, "", [], {}):
            omitted.add(f"{path}.{known}")
    return kept


def _is_dropped(sensitive: Tree | None, secret: Tree | None, keep: Tree | None) -> bool:
    """Tell whether a value is dropped, at the end of a tree, which is an empty tree."""
    return secret == _DROPPED or (sensitive == _DROPPED and keep != _DROPPED)


def secret_path(text: str) -> tuple[str, Condition | None]:
    """Return the path of a possible secret, and the condition under which it is one.

    The condition is on the structure that contains the member: `Endpoint Protocol!=sqs,lambda`.
    `**.Name` is a member of this name anywhere. Raises ValueError if it is invalid.
    """
    path, _, condition = text.partition(" ")
    check_path(path.removeprefix(ANYWHERE))
    return path, Condition.parse(condition) if condition else None


def _tree(paths: Iterable[tuple[str, Condition | None]]) -> Tree | None:
    root: Tree | None = None
    for path, condition in paths:
        root = {} if root is None else root
        branch = root
        *above, last = path.split(".")
        for name in above:
            branch = branch.setdefault(name, {})
        if last != ITSELF:
            branch.setdefault(last, condition or {})
    return root


def _sensitive(shape: Shape, anywhere: Set[str]) -> Tree | None:
    """Return the tree of a shape's sensitive members, and those named, None if there are none."""
    shapes = _shapes_within(shape)
    leading = {
        name
        for name, each in shapes.items()
        if _is_sensitive(each) or any(member in anywhere for member, _ in _members(each))
    }
    while more := {
        name for name, each in shapes.items() if name not in leading and _leads(each, leading)
    }:
        leading |= more
    trees: dict[str, Tree] = {name: {} for name in leading}
    for name in leading:
        if not _is_sensitive(shapes[name]):
            trees[name] |= {
                member: _DROPPED if member in anywhere else trees[_key(inner)]
                for member, inner in _members(shapes[name])
                if member in anywhere or _key(inner) in leading
            }
    return trees.get(_key(_entry(shape)))


def _shapes_within(shape: Shape) -> dict[str, Shape]:
    found: dict[str, Shape] = {}
    waiting = [_entry(shape)]
    while waiting:
        each = waiting.pop()
        if _key(each) not in found:
            found[_key(each)] = each
            waiting += [inner for _, inner in _members(each)]
    return found


def _members(shape: Shape) -> list[tuple[str, Shape]]:
    if isinstance(shape, StructureShape):
        return [(name, _entry(member)) for name, member in shape.members.items()]
    if isinstance(shape, MapShape):
        return [(EACH, _entry(shape.value))]
    return []


def _leads(shape: Shape, leading: set[str]) -> bool:
    return any(_key(inner) in leading for _, inner in _members(shape))


def _entry(shape: Shape) -> Shape:
    """Return the entries' shape of a list, unless the list itself is sensitive."""
    while isinstance(shape, ListShape) and not _is_sensitive(shape):
        shape = shape.member
    return shape


def _key(shape: Shape) -> str:
    """Return the identity of a shape; the trait may belong to the member, not to the shape."""
    return f"{shape.name} {_is_sensitive(shape)}"


def _is_sensitive(shape: Shape) -> bool:
    return bool(shape.metadata.get("sensitive"))
