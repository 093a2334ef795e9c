"""Values for any shape in botocore's models: valid arguments and AWS's responses."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from tests.support.builders import ACCOUNT, REGION

DEEPEST = 6
"""Maximum depth of recursive structures."""

MOMENT = datetime(2026, 11, 24, 3, 48, 33, tzinfo=UTC)


def value(shape: Shape, *, whole: bool = True, level: int = 0) -> Any:
    """Return a value of a shape, with all members or only the required ones."""
    if isinstance(shape, StructureShape):
        return structure(shape, whole=whole, level=level)
    if isinstance(shape, ListShape):
        length = max(shape.metadata.get("min", 1), int(level < DEEPEST))
        return [value(shape.member, whole=whole, level=level + 1) for _ in range(length)]
    if isinstance(shape, MapShape):
        if level >= DEEPEST:
            return {}
        return {value(shape.key, level=level + 1): value(shape.value, whole=whole, level=level + 1)}
    return _scalar(shape)


def structure(shape: StructureShape, *, whole: bool = True, level: int = 0) -> dict[str, Any]:
    """Return a structure; a union has exactly one member."""
    required = {*shape.required_members}
    wanted = [name for name in shape.members if name in required or (whole and level < DEEPEST)]
    if getattr(shape, "is_tagged_union", False):
        wanted = [*shape.members][:1]
    return {name: value(shape.members[name], whole=whole, level=level + 1) for name in wanted}


def lacking_one(answer: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a response without each of its members, and without each member of a list's entry."""
    for name, inner in answer.items():
        rest = {**answer}
        del rest[name]
        yield rest
        entry = inner[0] if isinstance(inner, list) and inner else inner
        if isinstance(entry, Mapping) and isinstance(inner, list):
            yield from ({**answer, name: [lacking]} for lacking in lacking_one(entry))


def _scalar(shape: Shape) -> Any:
    least = int(shape.metadata.get("min", 0) or 0)
    match shape.type_name:
        case "boolean":
            return True
        case "integer" | "long":
            return max(least, 3)
        case "float" | "double":
            return 2.5
        case "timestamp":
            return MOMENT
        case "blob":
            return b"\x00blob" + b"x" * least
    if isinstance(shape, StringShape) and shape.enum:
        return shape.enum[0]
    if "arn" in shape.name.lower():
        return f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/name"
    return f"{shape.name} ü&<> %/+".ljust(least, "x")
