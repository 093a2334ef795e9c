"""Converts tags to a map, from any form in which services return them."""

from collections.abc import Iterable, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from cidb2.aws.members import member

MEMBERS = ("Tags", "TagSet", "TagList", "tags", "TagsList")
"""Names of the member that contains a resource's tags."""

_KEYS = (("Key", "Value"), ("key", "value"), ("TagKey", "TagValue"))


def tags_member(shape: Shape) -> str | None:
    """Return the member of a shape that contains its tags, None if there is none."""
    members = shape.members if isinstance(shape, StructureShape) else {}
    return next((name for name in MEMBERS if name in members and are_tags(members[name])), None)


def are_tags(shape: Shape) -> bool:
    """Tell whether a shape is one of tags: a map of texts, or a list of pairs."""
    if isinstance(shape, MapShape):
        return bool(shape.value.type_name == "string")
    entry = shape.member if isinstance(shape, ListShape) else None
    return isinstance(entry, StructureShape) and any({*pair} <= {*entry.members} for pair in _KEYS)


def tag_map(tags: Any, *, is_shown: bool) -> dict[str, str]:
    """Return tags as a map; a tag without a value has the empty one.

    Raises IncompleteAnswerError if a tag has no key. If the configuration shows the tags
    (`is_shown`), such a tag is skipped instead.
    """
    if isinstance(tags, Mapping):
        return {key: value or "" for key, value in tags.items()}
    return dict(_pairs(tags or [], is_shown=is_shown))


def _pairs(tags: Iterable[Mapping[str, Any]], *, is_shown: bool) -> Iterable[tuple[str, str]]:
    for tag in tags:
        key, value = next((pair for pair in _KEYS if pair[0] in tag), _KEYS[0])
        if tag.get(key) or not is_shown:
            yield member(tag, key), tag.get(value) or ""
