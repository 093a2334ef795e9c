"""Tags as a map, in whichever of its forms a service hands them out."""

from collections.abc import Iterable, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from cidb2.aws.members import member

MEMBERS = ("Tags", "TagSet", "TagList", "tags", "TagsList")
"""What services call a resource's tags."""

_KEYS = (("Key", "Value"), ("key", "value"), ("TagKey", "TagValue"))


def tags_member(shape: Shape) -> str | None:
    """Return which member of a shape has its tags; None where it has none."""
    members = shape.members if isinstance(shape, StructureShape) else {}
    return next((name for name in MEMBERS if name in members and are_tags(members[name])), None)


def are_tags(shape: Shape) -> bool:
    """Tell whether a shape is that of tags: a map of texts, or a list of pairs."""
    if isinstance(shape, MapShape):
        return bool(shape.value.type_name == "string")
    entry = shape.member if isinstance(shape, ListShape) else None
    return isinstance(entry, StructureShape) and any({*pair} <= {*entry.members} for pair in _KEYS)


def tag_map(tags: Any, *, is_shown: bool) -> dict[str, str]:
    """Return tags as a map; a tag without a value has the empty one.

    IncompleteAnswerError where a tag has no key. Tags of the configuration, which shows them as
    they are (`is_shown`), lose only that one.
    """
    if isinstance(tags, Mapping):
        return {key: value or "" for key, value in tags.items()}
    return dict(_pairs(tags or [], is_shown=is_shown))


def _pairs(tags: Iterable[Mapping[str, Any]], *, is_shown: bool) -> Iterable[tuple[str, str]]:
    for tag in tags:
        key, value = next((pair for pair in _KEYS if pair[0] in tag), _KEYS[0])
        if tag.get(key) or not is_shown:
            yield member(tag, key), tag.get(value) or ""
