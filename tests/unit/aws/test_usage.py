"""What a request uses, by what AWS says of it."""

from typing import Any

import pytest

from cidb2.aws.usage import add_up, share, used_by

TABLE = {"TableName": "inventory"}


@pytest.mark.parametrize(
    ("operation", "answer", "used"),
    [
        ("dynamodb:PutItem", {"ConsumedCapacity": TABLE | {"CapacityUnits": 7.0}}, "write 7"),
        ("dynamodb:UpdateItem", {"ConsumedCapacity": TABLE | {"CapacityUnits": 1.0}}, "write 1"),
        ("dynamodb:Query", {"ConsumedCapacity": TABLE | {"CapacityUnits": 0.5}}, "read 0.5"),
        (
            "dynamodb:BatchWriteItem",
            {"ConsumedCapacity": [TABLE | {"CapacityUnits": 25.0}, {"CapacityUnits": 2.0}]},
            "write 27",
        ),
        ("dynamodb:BatchGetItem", {"ConsumedCapacity": [{"CapacityUnits": 3.0}]}, "read 3"),
    ],
)
def test_dynamodb_says_itself_what_it_charges(
    operation: str, answer: dict[str, Any], used: str
) -> None:
    kind, units = used.split()
    assert used_by(operation, answer, 0) == {f"dynamodb{kind.title()}Units": float(units)}


@pytest.mark.parametrize(("size", "units"), [(1, 1), (1024, 1), (1025, 2), (3000, 3)])
def test_a_write_that_its_condition_forbids_is_charged_by_what_is_there(
    size: int, units: int
) -> None:
    refused = {"Error": {"Code": "ConditionalCheckFailedException"}}
    assert used_by("dynamodb:PutItem", refused, size) == {"dynamodbWriteUnits": units}


def test_a_write_that_is_refused_otherwise_is_not_charged() -> None:
    refused = {"Error": {"Code": "ThrottlingException"}}
    assert used_by("dynamodb:PutItem", refused, 100) == {"dynamodbWriteUnits": 0}


@pytest.mark.parametrize(
    ("operation", "meter"),
    [
        ("s3:PutObject", "s3Writes"),
        ("s3:ListBuckets", "s3Writes"),
        ("s3:GetObject", "s3Reads"),
        ("s3:HeadObject", "s3Reads"),
    ],
)
def test_s3_charges_reading_and_writing_differently(operation: str, meter: str) -> None:
    assert used_by(operation, {}, 0) == {meter: 1}


@pytest.mark.parametrize("operation", ["sts:AssumeRole", "sns:PublishBatch", "dynamodb:PutItem"])
def test_what_costs_nothing_what_others_count_and_what_got_no_answer(operation: str) -> None:
    assert used_by(operation, None, 0) == {}


def test_usage_is_added_up_and_shared() -> None:
    total = add_up({"a": 1, "b": 2}, {}, {"b": 3, "c": 4})
    assert total == {"a": 1, "b": 5, "c": 4}
    assert share(total, 0.5) == {"a": 0.5, "b": 2.5, "c": 2.0}
