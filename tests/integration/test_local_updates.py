"""Updates that only assign leave the row that moto's own way leaves."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType

from local.patches.updates import assigning

pytestmark = pytest.mark.integration

KEY: dict[str, Any] = {"pk": {"S": "a"}, "sk": {"S": "b"}}
ASKED: dict[str, Any] = {
    "update_expression": "SET #one = :one, #two = :two",
    "expression_attribute_names": {"#one": "one", "#two": "two"},
    "expression_attribute_values": {":one": {"S": "x"}, ":two": {"M": {"inner": {"N": "2"}}}},
    "attribute_updates": None,
    "expected": None,
    "condition_expression": None,
}
EXPRESSIONS = [
    "SET #one = :one, #two = :two",
    "SET #one = :one, #two = if_not_exists(#two, :two)",
    "SET #two = if_not_exists(#two, :two), #one = :one",
    "SET #one = if_not_exists(#one, :one), #two = if_not_exists(#two, :two)",
]
BEFORE: list[dict[str, Any]] = [{}, {"two": {"S": "was"}}, {"one": {"N": "1"}, "two": {"S": ""}}]


@pytest.fixture
def backend() -> Iterator[DynamoDBBackend]:
    with mock_aws():
        boto3.client("dynamodb", "us-east-1").create_table(
            TableName="table",
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield dynamodb_backends["123456789012"]["us-east-1"]


def updated(backend: DynamoDBBackend, update: Any, name: str, expression: str, before: Any) -> Any:
    """Return a row of its own after an update; `before` is what it had, beside its key."""
    key = {**KEY, "sk": {"S": name}}
    if before:
        backend.get_table("table").put_item(key | before)
    update(backend, "table", key, **{**ASKED, "update_expression": expression})
    row: Any = backend.get_table("table").get_item(DynamoType(key["pk"]), DynamoType(key["sk"]))
    return {**row.to_json()["Attributes"], "sk": None}


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_row_is_as_moto_leaves_it(
    backend: DynamoDBBackend, expression: str, before: dict[str, Any]
) -> None:
    original = DynamoDBBackend.update_item
    ours = updated(backend, assigning(original), "ours", expression, before)
    assert ours == updated(backend, original, "theirs", expression, before)


@pytest.mark.parametrize(
    "changed",
    [
        {"update_expression": "SET #one = :one REMOVE #two"},
        {"update_expression": "ADD #one :one"},
        {"condition_expression": "attribute_exists(pk)"},
        {"expression_attribute_names": {"#one": "pk", "#two": "two"}},
    ],
)
def test_any_other_update_is_left_to_moto(
    backend: DynamoDBBackend, changed: dict[str, Any]
) -> None:
    asked: list[dict[str, Any]] = []
    assigning(lambda *_, **given: asked.append(given))(backend, "table", KEY, **ASKED | changed)
    assert asked == [ASKED | changed]
