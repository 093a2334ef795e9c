"""The embedded DynamoDB charges as AWS does: by size, index by index, and for what is not there."""

from collections.abc import Iterator
from typing import Any

import pytest

from local.emulator.cloud import Cloud

pytestmark = pytest.mark.integration

TABLE = "things"


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    with Cloud() as cloud:
        client = cloud.client("dynamodb")
        keys = ("pk", "sk", "kind")
        client.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by-kind",
                    "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ],
        )
        yield client


def row(name: str, size: int, kind: str | None = None) -> dict[str, Any]:
    """Return a row of `size` bytes, names included."""
    values = {"pk": name, "sk": "1"} | ({"kind": kind} if kind else {})
    taken = sum(len(key) + len(value) for key, value in values.items()) + len("text")
    return {key: {"S": value} for key, value in (values | {"text": "x" * (size - taken)}).items()}


def put(dynamodb: Any, item: dict[str, Any]) -> float:
    answer = dynamodb.put_item(TableName=TABLE, Item=item, ReturnConsumedCapacity="TOTAL")
    return float(answer["ConsumedCapacity"]["CapacityUnits"])


@pytest.mark.parametrize(("size", "units"), [(100, 1), (1024, 1), (1025, 2), (5000, 5)])
def test_a_row_is_charged_by_the_kilobyte(dynamodb: Any, size: int, units: int) -> None:
    assert put(dynamodb, row(f"size-{size}", size)) == units


def test_the_larger_of_what_was_and_what_is_counts(dynamodb: Any) -> None:
    put(dynamodb, row("shrinks", 4000))
    assert put(dynamodb, row("shrinks", 100)) == 4
    assert put(dynamodb, row("shrinks", 100)) == 1


def test_an_index_is_charged_where_its_entry_changes(dynamodb: Any) -> None:
    assert put(dynamodb, row("indexed", 2000, kind="a")) == 2 + 1
    assert put(dynamodb, row("indexed", 1900, kind="a")) == 2
    assert put(dynamodb, row("indexed", 1900, kind="b")) == 2 + 2
    assert put(dynamodb, row("indexed", 1900)) == 2 + 1


def test_requests_for_many_rows_tell_the_sum_by_table(dynamodb: Any) -> None:
    puts = [{"PutRequest": {"Item": row(f"many-{size}", size)}} for size in (100, 3000)]
    written = dynamodb.batch_write_item(RequestItems={TABLE: puts}, ReturnConsumedCapacity="TOTAL")
    assert written["ConsumedCapacity"] == [{"TableName": TABLE, "CapacityUnits": 4.0}]
    keys = [{"pk": {"S": name}, "sk": {"S": "1"}} for name in ("many-100", "many-3000", "nobody")]
    for consistent, units in ((True, 3.0), (False, 1.5)):
        read = dynamodb.batch_get_item(
            RequestItems={TABLE: {"Keys": keys, "ConsistentRead": consistent}},
            ReturnConsumedCapacity="TOTAL",
        )
        assert read["ConsumedCapacity"] == [{"TableName": TABLE, "CapacityUnits": units}]


def test_an_update_and_a_deletion_are_charged_for_the_whole_row(dynamodb: Any) -> None:
    put(dynamodb, row("whole", 3000))
    key = {"pk": {"S": "whole"}, "sk": {"S": "1"}}
    updated = dynamodb.update_item(
        TableName=TABLE,
        Key=key,
        UpdateExpression="SET mark = :mark",
        ExpressionAttributeValues={":mark": {"S": "x"}},
        ReturnConsumedCapacity="TOTAL",
    )
    assert updated["ConsumedCapacity"]["CapacityUnits"] == 3
    deleted = dynamodb.delete_item(TableName=TABLE, Key=key, ReturnConsumedCapacity="TOTAL")
    assert deleted["ConsumedCapacity"]["CapacityUnits"] == 3


@pytest.mark.parametrize(("consistent", "units"), [(True, 3.0), (False, 1.5)])
def test_a_query_is_charged_for_all_that_it_reads(
    dynamodb: Any, consistent: bool, units: float
) -> None:
    for number in range(3):
        item = row("together", 3500) | {"sk": {"S": str(number)}}
        put(dynamodb, item)
    answer = dynamodb.query(
        TableName=TABLE,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "together"}},
        ProjectionExpression="sk",
        ConsistentRead=consistent,
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["Items"] == [{"sk": {"S": str(number)}} for number in range(3)]
    assert answer["ConsumedCapacity"]["CapacityUnits"] == units


def test_a_query_that_finds_nothing_is_charged_for_the_least(dynamodb: Any) -> None:
    answer = dynamodb.query(
        TableName=TABLE,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "nobody"}},
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["ConsumedCapacity"]["CapacityUnits"] == 0.5


def test_who_does_not_ask_is_told_nothing(dynamodb: Any) -> None:
    assert "ConsumedCapacity" not in dynamodb.put_item(TableName=TABLE, Item=row("quiet", 100))
