"""The shapes in botocore's models that declarations refer to."""

from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from cidb2.types.declaration import ResourceType
from cidb2.types.models import ModelError, entries_of, output_of, result_of, shape_at

DUMMIES = {
    "string": "x" * 32,
    "integer": 1,
    "long": 1,
    "boolean": True,
    "list": [],
    "map": {},
    "structure": {},
}


def entry_shape(client: str, declared: ResourceType) -> Shape:
    """Return the shape of an entry in a type's listing; raises ModelError if there is none."""
    operation = declared.listing.operation
    return shape_at(output_of(client, operation), declared.result or result_of(client, operation))


def exactly_at(shape: Shape, path: str) -> Shape:
    """Return the shape at a path; raises ModelError if the path passes through a list."""
    for name in path.split("."):
        if not isinstance(shape, StructureShape) or name not in shape.members:
            raise ModelError(f"{shape.name} has no member {name!r}")
        shape = shape.members[name]
    return shape


def names_within(shape: Shape, above: frozenset[str] = frozenset()) -> set[str]:
    """Return the names of all members of a shape, at any depth."""
    shape = entries_of(shape)
    if isinstance(shape, MapShape):
        return names_within(shape.value, above)
    if not isinstance(shape, StructureShape) or shape.name in above:
        return set()
    return {*shape.members}.union(
        *(names_within(each, above | {shape.name}) for each in shape.members.values())
    )


def dummy_of(shape: Shape) -> Any:
    if isinstance(shape, ListShape):
        return [dummy_of(shape.member)]
    if isinstance(shape, StringShape) and shape.enum:
        return shape.enum[0]
    assert not isinstance(shape, MapShape | StructureShape), f"{shape.name} is no text"
    return DUMMIES[shape.type_name]
