"""What may be a secret is dropped where it is read: by AWS's own model, and by the declaration.

The models mark members as sensitive; they miss some secrets and mark some things that are none, so
a declaration adds paths (`secret`) and spares others (`keep`).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from cidb2.types.paths import EACH, ITSELF

Tree = dict[str, Any]
"""Members that are sensitive, or lead there: a tree that refers to itself where a shape does."""

_DROPPED: Tree = {}


class Secrets:
    """Drops what may be a secret from the content of one call."""

    def __init__(self, shape: Shape, secret: Iterable[str], keep: Iterable[str]) -> None:
        self._sensitive = _sensitive(shape)
        self._secret = _tree(secret)
        self._keep = _tree(keep)

    def drop(self, content: Any, name: str, omitted: set[str]) -> Any:
        """Return content without them; `omitted` is given the path of each, with `name` before it.

        None where the whole content is one.
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
        # The keys of a map are the account's own words: their path is the same for all of them.
        # Below the end of a tree is its end again.
        known = name if any(name in tree for tree in trees if tree) else EACH
        sensitive, secret, keep = (tree and tree.get(name, tree.get(EACH)) for tree in trees)
        if not _is_dropped(sensitive, secret, keep):
            below = f"{path}.{known}"
            kept[name] = _without(inner, (sensitive, secret, keep), below, omitted)
        elif inner not in (None, "", [], {}):
            omitted.add(f"{path}.{known}")
    return kept


def _is_dropped(sensitive: Tree | None, secret: Tree | None, keep: Tree | None) -> bool:
    """Tell whether a value goes: the end of a tree is an empty one."""
    return secret == _DROPPED or (sensitive == _DROPPED and keep != _DROPPED)


def _tree(paths: Iterable[str]) -> Tree | None:
    root: Tree | None = None
    for path in paths:
        root = {} if root is None else root
        branch = root
        for name in [] if path == ITSELF else path.split("."):
            branch = branch.setdefault(name, {})
    return root


def _sensitive(shape: Shape) -> Tree | None:
    """Return the tree of a shape's sensitive members, None where it has none."""
    shapes = _shapes_within(shape)
    leading = {name for name, each in shapes.items() if _is_sensitive(each)}
    while more := {
        name for name, each in shapes.items() if name not in leading and _leads(each, leading)
    }:
        leading |= more
    trees: dict[str, Tree] = {name: {} for name in leading}
    for name in leading:
        if not _is_sensitive(shapes[name]):
            trees[name] |= {
                member: trees[_key(inner)]
                for member, inner in _members(shapes[name])
                if _key(inner) in leading
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
    """Return what a list holds, as paths pass through lists; a sensitive list is one value."""
    while isinstance(shape, ListShape) and not _is_sensitive(shape):
        shape = shape.member
    return shape


def _key(shape: Shape) -> str:
    """Return what tells a shape apart: the trait may be the member's and not the shape's."""
    return f"{shape.name} {_is_sensitive(shape)}"


def _is_sensitive(shape: Shape) -> bool:
    return bool(shape.metadata.get("sensitive"))
