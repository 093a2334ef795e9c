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


def lacking_some(answer: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield responses that lack some members, at every level.

    Of any two members beside each other, one response has the first and lacks the second, and
    another the other way round.
    """
    for bit in range(_most_members(answer).bit_length()):
        for dropped in (0, 1):
            yield _thinned(answer, bit, dropped)


def _thinned(answer: Any, bit: int, dropped: int) -> Any:
    if isinstance(answer, list):
        return [_thinned(each, bit, dropped) for each in answer]
    if not isinstance(answer, Mapping):
        return answer
    kept = (each for at, each in enumerate(answer.items()) if (at >> bit) & 1 != dropped)
    return {
        name: inner if _may_be_union(inner) else _thinned(inner, bit, dropped)
        for name, inner in kept
    }


def _may_be_union(inner: Any) -> bool:
    return isinstance(inner, Mapping) and len(inner) == 1


def _most_members(answer: Any) -> int:
    inner = answer.values() if isinstance(answer, Mapping) else answer
    if not isinstance(answer, Mapping | list):
        return 0
    own = len(answer) if isinstance(answer, Mapping) else 0
    return max([own, *map(_most_members, inner)])


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
