"""Converts plain values to DynamoDB's attribute values and back, by boto3's rules."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

_SERIALIZER = TypeSerializer()
_DESERIALIZER = TypeDeserializer()


def to_attributes(row: Mapping[str, Any]) -> dict[str, "AttributeValueTypeDef"]:
    """Return `row` in DynamoDB's types, without the fields that are None."""
    return {
        name: _SERIALIZER.serialize(_to_decimal(value))
        for name, value in row.items()
        if value is not None
    }


def from_attributes(attributes: Mapping[str, "AttributeValueTypeDef"]) -> dict[str, Any]:
    """Return a DynamoDB row in plain types: numbers as int or float, binary as bytes."""
    return {name: _to_plain(_DESERIALIZER.deserialize(value)) for name, value in attributes.items()}


def _to_decimal(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, Mapping):
        return {key: _to_decimal(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_to_decimal(inner) for inner in value]
    return value


def _to_plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Binary):
        return bytes(cast("Any", value))
    if isinstance(value, dict):
        return {key: _to_plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_to_plain(inner) for inner in value]
    return value
