"""Rows are written and read in as many requests as DynamoDB wants, and none is left behind."""

from collections.abc import Iterator
from typing import Any, cast

import pytest

from cidb2.aws.attributes import from_attributes
from cidb2.aws.table import TRIES, Table
from cidb2.errors import StorageRefusedError, StorageUnavailableError
from tests.support.builders import client_error
from tests.support.fakes import FakeAws

NAME = "runs-table"


class FakeDynamo:
    """DynamoDB's batch calls in memory; it takes `capacity` keys of a request and leaves the rest.

    Capacities are those of the calls in turn; afterwards everything is taken.
    """

    def __init__(self, *capacities: int) -> None:
        self._capacities = iter(capacities)
        self.rows: list[dict[str, Any]] = []
        self.sizes: list[int] = []
        self.consistent: list[bool] = []

    def batch_write_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:
        requests = RequestItems[NAME]
        taken, left = self._split(requests)
        self.rows += [from_attributes(request["PutRequest"]["Item"]) for request in taken]
        return {"UnprocessedItems": {NAME: left} if left else {}}

    def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:
        wanted = RequestItems[NAME]
        self.consistent.append(wanted["ConsistentRead"])
        taken, left = self._split(wanted["Keys"])
        found = [key for key in taken if not key["pk"]["S"].startswith("absent")]
        return {
            "Responses": {NAME: found} if found else {},
            "UnprocessedKeys": {NAME: wanted | {"Keys": left}} if left else {},
        }

    def _split(self, requests: list[Any]) -> tuple[list[Any], list[Any]]:
        self.sizes.append(len(requests))
        capacity = next(self._capacities, len(requests))
        return requests[:capacity], requests[capacity:]


def table(dynamodb: Any, waits: list[float] | None = None) -> Table:
    return Table(cast("Any", dynamodb), NAME, sleep=(waits if waits is not None else []).append)


def rows(number: int) -> Iterator[dict[str, str]]:
    return ({"pk": str(each), "sk": "x"} for each in range(number))


@pytest.mark.parametrize(
    ("number", "sizes"), [(0, []), (1, [1]), (25, [25]), (26, [25, 1]), (60, [25, 25, 10])]
)
def test_rows_are_written_25_in_a_request(number: int, sizes: list[int]) -> None:
    dynamodb = FakeDynamo()
    table(dynamodb).put(rows(number))
    assert dynamodb.sizes == sizes
    assert dynamodb.rows == list(rows(number))


@pytest.mark.parametrize(("number", "sizes"), [(0, []), (100, [100]), (101, [100, 1])])
def test_rows_are_read_100_in_a_request_and_consistently(number: int, sizes: list[int]) -> None:
    dynamodb = FakeDynamo()
    assert list(table(dynamodb).get(rows(number))) == list(rows(number))
    assert dynamodb.sizes == sizes
    assert all(dynamodb.consistent)


def test_rows_that_do_not_exist_are_left_out() -> None:
    keys = [{"pk": name, "sk": "x"} for name in ("absent-1", "there", "absent-2")]
    assert list(table(FakeDynamo()).get(keys)) == [keys[1]]
    assert list(table(FakeDynamo()).get(keys[:1])) == []


def test_what_dynamodb_leaves_unprocessed_is_handed_in_again_after_a_wait() -> None:
    writer, reader = FakeDynamo(10, 0), FakeDynamo(30, 20)
    waits: list[float] = []
    table(writer, waits).put(rows(25))
    assert writer.sizes == [25, 15, 15]
    assert writer.rows == list(rows(25))
    assert list(table(reader, waits).get(rows(60))) == list(rows(60))
    assert reader.sizes == [60, 30, 10]
    assert len(waits) == 4


def test_rows_that_stay_unprocessed_are_an_error_that_a_retry_may_mend() -> None:
    full = FakeDynamo(*[0] * TRIES)
    waits: list[float] = []
    with pytest.raises(StorageUnavailableError, match=f"^{NAME}: rows were left unprocessed"):
        table(full, waits).put(rows(1))
    assert len(full.sizes) == len(waits) == TRIES


def test_a_query_yields_the_rows_of_every_page_in_order() -> None:
    pages = [{"Items": [{"n": {"N": "1"}}, {"n": {"N": "2"}}]}, {"Items": []}]
    dynamodb = FakeAws(query=[*pages, {"Items": [{"n": {"N": "3"}}]}])
    found = table(dynamodb).query("pk = :pk", {":pk": "a"}, IndexName="by-scope")
    assert list(found) == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert dynamodb.arguments["query"] == [
        {
            "TableName": NAME,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": "a"}},
            "IndexName": "by-scope",
        }
    ]


def test_an_update_sets_fields() -> None:
    dynamodb = FakeAws(update_item={})
    table(dynamodb).update({"pk": "a", "sk": "b"}, {"status": "OK", "count": 2, "no": None})
    assert dynamodb.arguments["update_item"] == [
        {
            "TableName": NAME,
            "Key": {"pk": {"S": "a"}, "sk": {"S": "b"}},
            "UpdateExpression": "SET #status = :status, #count = :count",
            "ExpressionAttributeNames": {"#status": "status", "#count": "count"},
            "ExpressionAttributeValues": {":status": {"S": "OK"}, ":count": {"N": "2"}},
        }
    ]


@pytest.mark.parametrize(
    ("seen", "condition", "values"),
    [
        (0, "attribute_not_exists(#version)", {":count": {"N": "2"}, ":version": {"N": "1"}}),
        (
            4,
            "#version = :seen",
            {":count": {"N": "2"}, ":version": {"N": "5"}, ":seen": {"N": "4"}},
        ),
    ],
)
def test_a_version_is_updated_only_while_it_is_the_one_that_was_seen(
    seen: int, condition: str, values: dict[str, Any]
) -> None:
    dynamodb = FakeAws(update_item={})
    assert table(dynamodb).update_version({"pk": "a", "sk": "b"}, seen, {"count": 2})
    [asked] = dynamodb.arguments["update_item"]
    assert asked["ConditionExpression"] == condition
    assert asked["ExpressionAttributeValues"] == values
    dynamodb.answers["update_item"] = client_error("ConditionalCheckFailedException")
    assert not table(dynamodb).update_version({"pk": "a", "sk": "b"}, seen, {"count": 2})


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("ThrottlingException", StorageUnavailableError),
        ("AccessDeniedException", StorageRefusedError),
    ],
)
def test_every_refusal_is_an_error_of_storage(code: str, error: type[Exception]) -> None:
    refusal = client_error(code)
    operations = ("batch_write_item", "batch_get_item", "update_item")
    refusing = table(FakeAws(**dict.fromkeys(operations, refusal), query=[{"Items": []}, refusal]))
    key = {"pk": "a", "sk": "b"}
    for call in (
        lambda: refusing.put([key]),
        lambda: list(refusing.get([key])),
        lambda: list(refusing.query("pk = :pk", {":pk": "a"})),
        lambda: refusing.update(key, {"a": 1}),
        lambda: refusing.update_version(key, 0, {"a": 1}),
    ):
        with pytest.raises(error, match=f"^{NAME}: "):
            call()


def test_an_answer_without_rows_is_no_empty_table() -> None:
    dynamodb = FakeAws(query=[{}], batch_get_item={})
    with pytest.raises(StorageUnavailableError, match="lacks Items"):
        list(table(dynamodb).query("pk = :pk", {":pk": "a"}))
    with pytest.raises(StorageUnavailableError, match="lacks Responses"):
        list(table(dynamodb).get(rows(1)))
