"""Order and repeats of messages do not matter: the latest capture is current, all are history."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidb2.aws.attributes import from_attributes
from cidb2.errors import StorageRefusedError, StorageUnavailableError
from cidb2.items.item import Change, Item
from cidb2.items.rows import item_of
from cidb2.times import parse
from functions.reporter.store import Outcome, Store
from tests.support.builders import client_error
from tests.support.messages import missed, seen

TABLE = "inventory-table"
OTHER_RUN_ID = "20261124T040000Z-9c9d9e9f"


class FakeDynamo:
    """PutItem in memory, with the conditions that the store writes."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], dict[str, Any]] = {}
        self.refusal: Exception | None = None
        self.retries = 0
        self._attributes: dict[tuple[str, str], Any] = {}

    def put_item(self, *, TableName: str, Item: Mapping[str, Any], **options: Any) -> None:
        assert TableName == TABLE
        if self.refusal:
            raise self.refusal
        row = from_attributes(Item)
        there = self.rows.get((row["pk"], row["sk"]), {})
        condition = options.get("ConditionExpression")
        values = options.get("ExpressionAttributeValues", {})
        if condition and not _holds(condition, there, values):
            error = client_error("ConditionalCheckFailedException")
            error.response["ResponseMetadata"]["RetryAttempts"] = self.retries
            if there and options.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD":
                cast("Any", error.response)["Item"] = self._attributes[row["pk"], row["sk"]]
            raise error
        self.rows[row["pk"], row["sk"]] = row
        self._attributes[row["pk"], row["sk"]] = Item


def _holds(condition: str, row: dict[str, Any], values: Mapping[str, Any]) -> bool:
    """Evaluate what of DynamoDB's conditions the store uses; a comparison with nothing is false."""
    assert {*re.findall(r":\w+", condition)} == values.keys()  # else DynamoDB refuses
    known = {name.removeprefix(":"): value["S"] for name, value in values.items()}
    text = condition.replace("#scope", "scope").replace(" <> ", " != ")
    text = re.sub(r"attribute_not_exists\((\w+)\)", r"('\1' not in row)", text)
    text = re.sub(
        r"(\w+) (<=|<|=|!=) :(\w+)", r"('\1' in row and row['\1'] \2 known['\3'])", text
    ).replace(" = ", " == ")
    text = text.replace(" AND ", " and ").replace(" OR ", " or ")
    return bool(eval(text, {"row": row, "known": known}))


@pytest.fixture
def dynamodb() -> FakeDynamo:
    return FakeDynamo()


def store(dynamodb: FakeDynamo) -> Store:
    return Store(
        cast("Any", dynamodb), TABLE, version_retention_days=30, tombstone_retention_days=60
    )


def current(dynamodb: FakeDynamo, item: Item) -> Any:
    return item_of(dynamodb.rows[item["arn"], "current"])


def versions(dynamodb: FakeDynamo) -> list[str]:
    """Return the capture times of the versions, in order."""
    rows = [row for (_, sk), row in sorted(dynamodb.rows.items()) if sk.startswith("version#")]
    return [row["configurationItemCaptureTime"] for row in rows]


@pytest.mark.parametrize(
    ("change", "count"), [(Change.CREATED, 1), (Change.CHANGED, 1), (Change.UNCHANGED, 0)]
)
def test_what_changed_is_stored_as_current_and_as_a_version(
    dynamodb: FakeDynamo, change: Change, count: int
) -> None:
    item = seen(change=change)
    assert store(dynamodb).store(item) is Outcome.STORED
    assert current(dynamodb, item) == item
    assert len(versions(dynamodb)) == count


def test_a_newer_item_takes_the_place_of_an_older_and_history_keeps_both(
    dynamodb: FakeDynamo,
) -> None:
    old, new = seen(at=0), seen(at=1, change=Change.CHANGED)
    assert [store(dynamodb).store(item) for item in (old, new)] == [Outcome.STORED] * 2
    assert current(dynamodb, new) == new
    assert len(versions(dynamodb)) == 2


def test_a_late_message_is_history_and_does_not_become_current(dynamodb: FakeDynamo) -> None:
    old, new = seen(at=0), seen(at=1, change=Change.CHANGED)
    store(dynamodb).store(new)
    assert store(dynamodb).store(old) is Outcome.SUPERSEDED
    assert current(dynamodb, new) == new
    assert len(versions(dynamodb)) == 2


def test_a_message_that_comes_again_changes_nothing(dynamodb: FakeDynamo) -> None:
    store(dynamodb).store(seen())
    before = dict(dynamodb.rows)
    assert store(dynamodb).store(seen()) is Outcome.DUPLICATE
    assert dynamodb.rows == before


def test_history_is_never_written_over(dynamodb: FakeDynamo) -> None:
    item = seen()
    store(dynamodb).store(item)
    before = dict(dynamodb.rows)
    forged = seen(configuration={"Description": "REWRITTEN"})
    assert store(dynamodb).store(forged) is Outcome.DUPLICATE
    assert dynamodb.rows == before


def test_a_version_that_is_there_does_not_keep_its_item_from_becoming_current(
    dynamodb: FakeDynamo,
) -> None:
    item = seen()
    store(dynamodb).store(item)
    del dynamodb.rows[item["arn"], "current"]
    assert store(dynamodb).store(item, is_redelivery=True) is Outcome.STORED
    assert current(dynamodb, item) == item
    assert len(versions(dynamodb)) == 1


def test_a_message_that_comes_again_because_its_storing_was_not_heard_of_is_stored(
    dynamodb: FakeDynamo,
) -> None:
    store(dynamodb).store(seen())
    assert store(dynamodb).store(seen(), is_redelivery=True) is Outcome.STORED


def test_a_write_whose_answer_was_lost_and_that_botocore_tried_again_is_stored(
    dynamodb: FakeDynamo,
) -> None:
    store(dynamodb).store(seen())
    dynamodb.retries = 1
    assert store(dynamodb).store(seen()) is Outcome.STORED


def test_what_another_run_captured_at_the_same_moment_is_overtaken_not_repeated(
    dynamodb: FakeDynamo,
) -> None:
    store(dynamodb).store(seen(run_id="20261125T034830Z-1a2b3c4d"))
    assert store(dynamodb).store(seen(), is_redelivery=True) is Outcome.SUPERSEDED


def test_what_was_overtaken_does_not_come_back_and_is_history(dynamodb: FakeDynamo) -> None:
    assert store(dynamodb).store(seen(), only_over_older=True) is Outcome.SUPERSEDED
    assert [sk.partition("#")[0] for _, sk in dynamodb.rows] == ["version"]


def test_what_was_overtaken_still_replaces_what_is_older(dynamodb: FakeDynamo) -> None:
    store(dynamodb).store(seen(at=0))
    newer = seen(at=1, change=Change.CHANGED)
    assert store(dynamodb).store(newer, only_over_older=True) is Outcome.STORED
    assert current(dynamodb, newer) == newer


def test_a_tombstone_expires_and_so_does_every_version(dynamodb: FakeDynamo) -> None:
    there, gone = seen(at=0), missed(at=5)
    for item in (there, gone):
        store(dynamodb).store(item)
    moment = parse(gone["configurationItemCaptureTime"])
    expiry = {
        (sk.partition("#")[0], row["change"]): row["expiresAt"]
        for (_, sk), row in dynamodb.rows.items()
    }
    assert expiry == {
        ("current", "DELETED"): int((moment + timedelta(days=60)).timestamp()),
        ("version", "DELETED"): int((moment + timedelta(days=30)).timestamp()),
        ("version", "CREATED"): int((moment + timedelta(days=30, seconds=-5)).timestamp()),
    }


def test_what_returns_after_its_end_lives_and_does_not_expire(dynamodb: FakeDynamo) -> None:
    returned = seen(at=2)
    for item in (seen(at=0), missed(at=1), returned):
        assert store(dynamodb).store(item) is Outcome.STORED
    assert current(dynamodb, returned) == returned
    assert "expiresAt" not in dynamodb.rows[returned["arn"], "current"]
    assert len(versions(dynamodb)) == 3


def test_what_was_seen_after_a_listing_began_is_not_deleted_by_its_absence(
    dynamodb: FakeDynamo,
) -> None:
    there = seen(at=2)
    store(dynamodb).store(there)
    assert store(dynamodb).store(missed(at=1)) is Outcome.SUPERSEDED
    assert current(dynamodb, there)["change"] == "CREATED"


messages = st.lists(
    st.builds(
        lambda name, at, run_id, change: (
            missed(name, at=at, run_id=run_id)
            if change is Change.DELETED
            else seen(name, at=at, run_id=run_id, change=change)
        ),
        name=st.sampled_from(["1", "2"]),
        at=st.integers(0, 5),
        run_id=st.sampled_from([seen()["runId"], OTHER_RUN_ID]),
        change=st.sampled_from(Change),
    ),
    unique_by=lambda item: (item["arn"], item["configurationItemCaptureTime"], item["runId"]),
    max_size=8,
)


@given(messages, st.data())
def test_any_order_and_any_repetition_of_messages_end_in_the_same_table(
    items: list[Item], data: st.DataObject
) -> None:
    in_order, mixed = FakeDynamo(), FakeDynamo()
    for item in items:
        store(in_order).store(item)
    repeats = data.draw(st.lists(st.sampled_from(items), max_size=4)) if items else []
    for item in data.draw(st.permutations(items + repeats)):
        store(mixed).store(item)
    assert mixed.rows == in_order.rows


@given(messages)
def test_every_message_is_stored_or_overtaken_and_only_a_repetition_is_a_duplicate(
    items: list[Item],
) -> None:
    dynamodb = FakeDynamo()
    moments: dict[str, set[str]] = {}
    for item in items:
        outcome = store(dynamodb).store(item)
        seen_before = moments.setdefault(item["arn"], set())
        if outcome is Outcome.DUPLICATE:
            assert item["configurationItemCaptureTime"] in seen_before
        seen_before.add(item["configurationItemCaptureTime"])
        newest = current(dynamodb, item)["configurationItemCaptureTime"]
        assert newest == max(seen_before)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("ProvisionedThroughputExceededException", StorageUnavailableError),
        ("ValidationException", StorageRefusedError),
    ],
)
def test_a_table_that_refuses_is_an_error_of_storage(
    dynamodb: FakeDynamo, code: str, error: type[Exception]
) -> None:
    dynamodb.refusal = client_error(code)
    with pytest.raises(error, match=TABLE):
        store(dynamodb).store(seen())
