"""Responses with every field set, generated from botocore's service models."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from moto.core.utils import get_service_model

MOMENT = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
TEXT = "Zürich & <東京> 'x' \"y\" 😀 \\ %7B"
BLOB = b"\x00\xffCIDB2"
DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Sid": TEXT, "Effect": "Allow", "Action": []}]}

Values = Mapping[str, Any]
"""Values by member name, used instead of arbitrary ones."""

_SCALARS: dict[str, Callable[[Shape], Any]] = {
    "integer": lambda _: 7,
    "long": lambda _: 2**40,
    "float": lambda _: 0.5,
    "double": lambda _: 0.25,
    "boolean": lambda _: True,
    "timestamp": lambda _: MOMENT,
    "blob": lambda _: BLOB,
}


def full_answer(service: str, operation: str, values: Values | None = None) -> dict[str, Any]:
    """Return an operation's response with every member of every structure set.

    Lists have two elements; nested lists may be empty, so that both cases occur. Texts are Unicode,
    or the last value of an enumeration.
    """
    shape = get_service_model(service).operation_model(operation).output_shape
    answer: dict[str, Any] = _value(shape, shape.name, values or {}, ())
    return answer


def members(service: str, shape: str) -> set[str]:
    """Return the names of all members of a structure."""
    structure = get_service_model(service).shape_for(shape)
    assert isinstance(structure, StructureShape)
    return {*structure.members}


def as_json(value: Any) -> Any:
    """Return a response in JSON form; this is deliberately independent of the product's code."""
    return json.loads(json.dumps(value, default=_encoded))


def _encoded(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"
    assert isinstance(value, bytes)
    return base64.b64encode(value).decode()


def _entry(shape: Shape) -> Shape:
    while isinstance(shape, ListShape):
        shape = shape.member
    return shape


def _value(shape: Shape, name: str, values: Values, above: tuple[str, ...]) -> Any:
    if name in values:
        return values[name]
    if isinstance(shape, StructureShape):
        inner = (*above, shape.name)
        return {
            member: _value(each, member, values, inner)
            for member, each in shape.members.items()
            if inner.count(_entry(each).name) < (2 if isinstance(each, ListShape) else 1)
        }
    if isinstance(shape, ListShape):
        is_scalar = not isinstance(shape.member, StructureShape)
        count = 0 if is_scalar and len(above) % 2 else 2
        return [_value(shape.member, "", values, above) for _ in range(count)]
    if isinstance(shape, MapShape):
        return {TEXT: _value(shape.value, "", values, above)}
    if isinstance(shape, StringShape):
        return shape.enum[-1] if shape.enum else f"{name} {TEXT}"
    return _SCALARS[shape.type_name](shape)
