"""The reporter: what it writes, in what order it may arrive, and what becomes of bad messages."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from cidb2.items.item import CLAIMED, Change, Item, message_attributes
from cidb2.publishing.messages import MAX_REQUEST_BYTES, message_size
from tests.integration.conftest import Log
from tests.support.aws import OTHER_MEMBER, client
from tests.support.builders import RUN_ID
from tests.support.hub import BUCKET, INVENTORY_TABLE, Hub, deployed
from tests.support.messages import ACCOUNT, START, after, key_arn, missed, record, seen
from tests.support.wire import Call, Refusal, Wire

pytestmark = pytest.mark.integration

EARLIER, LATER = "20261123T034830Z-fffffffs1", "20261124T034831Z-0000000s1"
DYNAMODB_ITEM_LIMIT = 400 * 1024
NOT_STORED = "A message could not be stored"


def raw_rows() -> dict[str, dict[str, Any]]:
    """Return the rows of the inventory table as DynamoDB holds them, by sort key."""
    rows = client("dynamodb").scan(TableName=INVENTORY_TABLE)["Items"]
    return {row["sk"]["S"]: row for row in rows}


def indexed(index: str, key: str, value: str) -> list[str]:
    """Return the ARNs that an index of the inventory table holds under a key."""
    found = client("dynamodb").query(
        TableName=INVENTORY_TABLE,
        IndexName=index,
        KeyConditionExpression=f"{key} = :value",
        ExpressionAttributeValues={":value": {"S": value}},
    )["Items"]
    return [row["pk"]["S"] for row in found]


def counted(hub: Hub, run_id: str = RUN_ID) -> dict[str, int]:
    """Return what the reporter counted of a run's KMS messages."""
    names = ("stored", "superseded", "duplicate", "deadLettered")
    rows = [row for row in hub.ledger.rows(run_id, "stored") if row["service"] == "kms"]
    sums = {name: sum(row.get(name, 0) for row in rows) for name in names}
    return {name: count for name, count in sums.items() if count}


def report(hub: Hub, *items: Item) -> None:
    """Deliver items one after the other, each in a batch of its own."""
    for item in items:
        assert hub.report([record(item)]) == []


def dynamodb_size(row: Mapping[str, Any]) -> int:
    """Return a row's size as DynamoDB counts it: names and values in UTF-8, 3 and 1 for maps.

    DynamoDB Developer Guide, 'DynamoDB item sizes and formats'.
    """

    def size(value: Any) -> int:
        [(kind, content)] = value.items()
        if kind == "M":
            return 3 + sum(1 + len(name.encode()) + size(one) for name, one in content.items())
        return len(str(content).encode())

    return sum(len(name.encode()) + size(value) for name, value in row.items())


# --- what is written ------------------------------------------------------------------------------


def test_an_item_becomes_a_current_row_with_the_keys_of_both_indexes(hub: Hub) -> None:
    item = seen()
    item["unreadable"] = {"supplementaryConfiguration.Policy": "AccessDeniedException"}
    report(hub, item)
    row = raw_rows()["current"]
    text = {
        "pk": key_arn("key-1"),
        "sk": "current",
        "scopeKey": f"{ACCOUNT}/kms",
        "scopeSort": f"eu-west-1/{key_arn('key-1')}",
        "typeKey": "AWS::KMS::Key#05",
        "schemaVersion": "1.0",
        "runId": RUN_ID,
        "scope": f"{ACCOUNT}/kms/eu-west-1",
        "change": "CREATED",
        "accountId": ACCOUNT,
        "awsRegion": "eu-west-1",
        "resourceType": "AWS::KMS::Key",
        "resourceId": "key-1",
        "resourceName": "alias/key-1",
        "arn": key_arn("key-1"),
        "configurationItemCaptureTime": after(0),
        "configurationItemStatus": "ResourceDiscovered",
        "contentHash": item["contentHash"],
    }
    assert {name: value["S"] for name, value in row.items() if name in text} == text
    assert row["tags"] == {"M": {"Größe": {"S": "大"}}}
    reason = {"S": "AccessDeniedException"}
    assert row["unreadable"] == {"M": {"supplementaryConfiguration.Policy": reason}}
    assert json.loads(row["configuration"]["S"]) == item["configuration"]
    assert json.loads(row["supplementaryConfiguration"]["S"]) == {"Policy": None}
    large = {"tags", "unreadable", "configuration", "supplementaryConfiguration"}
    assert {*row} == {*text} | large


def test_a_stored_item_is_the_item_that_was_sent(hub: Hub) -> None:
    item = seen(tags={}, configuration={"Empty": [], "None": None, "Pi": 3.5, "": ""})
    report(hub, item)
    assert hub.items()[key_arn("key-1")] == item


@pytest.mark.parametrize("change", Change)
def test_every_change_but_none_leaves_a_version_that_expires(hub: Hub, change: Change) -> None:
    report(hub, missed() if change is Change.DELETED else seen(change=change))
    versions = {key: row for key, row in raw_rows().items() if key.startswith("version#")}
    if change is Change.UNCHANGED:
        assert versions == {}
        return
    [(key, row)] = versions.items()
    assert key.startswith(f"version#{after(0)}#")
    assert int(row["expiresAt"]["N"]) == int((START + timedelta(days=400)).timestamp())
    assert not {"scopeKey", "scopeSort", "typeKey"} & {*row}


def test_retention_is_what_the_stack_says() -> None:
    with deployed(VersionRetentionDays="2", TombstoneRetentionDays="1") as hub:
        report(hub, missed())
        rows = raw_rows()
    days = {key.partition("#")[0]: int(row["expiresAt"]["N"]) for key, row in rows.items()}
    assert days == {
        "version": int((START + timedelta(days=2)).timestamp()),
        "current": int((START + timedelta(days=1)).timestamp()),
    }


def test_a_tombstone_keeps_what_was_known_expires_and_leaves_the_indexes(hub: Hub) -> None:
    report(hub, seen())
    assert indexed("by-scope", "scopeKey", f"{ACCOUNT}/kms") == [key_arn("key-1")]
    assert indexed("by-type", "typeKey", "AWS::KMS::Key#05") == [key_arn("key-1")]
    assert "expiresAt" not in raw_rows()["current"]
    report(hub, missed(at=60))
    row = raw_rows()["current"]
    expiry = START + timedelta(seconds=60, days=90)
    assert int(row["expiresAt"]["N"]) == int(expiry.timestamp())
    assert row["configurationItemStatus"] == {"S": "ResourceDeleted"}
    assert json.loads(row["configuration"]["S"]) == seen()["configuration"]
    assert indexed("by-scope", "scopeKey", f"{ACCOUNT}/kms") == []
    assert indexed("by-type", "typeKey", "AWS::KMS::Key#05") == []


def test_a_resource_that_returns_lives_again_and_keeps_its_history(hub: Hub) -> None:
    report(hub, seen(), missed(at=60), seen(at=120))
    row = raw_rows()["current"]
    assert row["configurationItemStatus"] == {"S": "ResourceDiscovered"}
    assert "expiresAt" not in row
    assert indexed("by-scope", "scopeKey", f"{ACCOUNT}/kms") == [key_arn("key-1")]
    history = [row["change"]["S"] for key, row in sorted(raw_rows().items()) if key != "current"]
    assert history == ["CREATED", "DELETED", "CREATED"]


# --- order and repeats ----------------------------------------------------------------------------


def test_a_duplicate_changes_nothing_and_is_counted(hub: Hub) -> None:
    report(hub, seen())
    before = raw_rows()
    report(hub, seen(), seen())
    assert raw_rows() == before
    assert counted(hub) == {"stored": 1, "duplicate": 2}


def test_a_late_message_leaves_its_version_and_not_the_current_row(hub: Hub) -> None:
    newer, older = seen(at=60, change=Change.CHANGED), seen(at=0)
    report(hub, newer, older)
    assert hub.items()[key_arn("key-1")] == newer
    captured = {key.rpartition("#")[0] for key in raw_rows() if key != "current"}
    assert captured == {f"version#{after(0)}", f"version#{after(60)}"}
    assert counted(hub) == {"stored": 1, "superseded": 1}


@pytest.mark.parametrize("late", [seen(at=0), missed(at=0)], ids=["seen", "missed"])
@pytest.mark.parametrize("newer", [seen(at=60), missed(at=60)], ids=["seen", "missed"])
def test_what_was_captured_later_stands(hub: Hub, newer: Item, late: Item) -> None:
    report(hub, newer, late)
    [item] = hub.items().values()
    assert item["configurationItemStatus"] == newer["configurationItemStatus"]
    assert item["configurationItemCaptureTime"] == after(60)


def test_of_two_runs_that_captured_at_the_same_moment_the_later_run_stands(hub: Hub) -> None:
    items = [seen(run_id=run, change=Change.UNCHANGED) for run in (RUN_ID, LATER, EARLIER)]
    report(hub, *items)
    assert hub.items()[key_arn("key-1")]["runId"] == LATER
    assert counted(hub, LATER) == {"stored": 1}


def test_a_replay_of_an_earlier_run_changes_nothing(hub: Hub) -> None:
    first = [seen(f"key-{number}", run_id=EARLIER) for number in range(3)]
    second = [
        seen("key-0", at=60, change=Change.UNCHANGED),
        missed("key-1", at=60),
        seen("key-2", at=60, change=Change.CHANGED, tags={}),
    ]
    report(hub, *first, *second)
    before = hub.inventory()
    report(hub, *first)
    assert hub.inventory() == before
    assert counted(hub, EARLIER) == {"stored": 3, "superseded": 3}


# --- bad messages ---------------------------------------------------------------------------------


def without(name: str) -> str:
    return json.dumps({key: value for key, value in seen().items() if key != name})


BAD = {
    "not JSON": "{",
    "nothing": "",
    "no object": "[]",
    "null": "null",
    "nested without end": "[" * 100_000,
    "another version": json.dumps(seen() | {"schemaVersion": "2.0"}),
    "no ARN": without("arn"),
    "no configuration and no pointer": without("configuration"),
    "a tag that is no text": json.dumps(seen(tags={"a": 1})),
    "a field nobody knows": json.dumps(seen() | {"secret": "value"}),
    "half a character": json.dumps(seen(tags={"a": "\ud800"})),
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_a_bad_message_is_refused_alone_with_its_reason_in_the_log(
    hub: Hub, log: Log, body: str
) -> None:
    batch = [record(seen("a")), record(body, message_id="bad"), record(seen("b"))]
    assert hub.report(batch) == ["bad"]
    assert {*hub.items()} == {key_arn("a"), key_arn("b")}
    assert counted(hub) == {"stored": 2}
    [logged] = log.saying(NOT_STORED)
    assert vars(logged)["message_id"] == "bad"
    assert vars(logged)["reason"]


def test_a_batch_of_bad_and_good_messages_stores_the_good_once(hub: Hub, log: Log) -> None:
    batch = [
        record(BAD["not JSON"], message_id="malformed"),
        record(BAD["no ARN"], message_id="incomplete"),
        record(seen()),
    ]
    assert hub.report(batch) == ["incomplete", "malformed"]
    assert hub.report(batch[:2]) == ["incomplete", "malformed"]
    assert counted(hub) == {"stored": 1}
    reasons = [vars(one)["reason"] for one in log.saying(NOT_STORED)]
    assert all(reason.startswith("UNKNOWN_MESSAGE: ") for reason in reasons)
    assert any("'required'" in reason for reason in reasons)


def test_a_batch_of_nothing_but_bad_messages_names_each_of_them(hub: Hub) -> None:
    batch = [record("{", message_id=name) for name in ("1", "2")]
    assert hub.report(batch) == ["1", "2"]


def test_what_a_bad_message_holds_does_not_reach_the_log(hub: Hub, log: Log) -> None:
    hub.report([record(json.dumps(seen() | {"runId": "a secret"}))])
    [logged] = log.saying(NOT_STORED)
    assert "a secret" not in str(vars(logged)["reason"])


def test_a_write_that_dynamodb_refuses_fails_its_message_alone(
    hub: Hub, wire: Wire, log: Log
) -> None:
    def refuse_one(call: Call) -> Refusal | None:
        is_bad = call.parameters["Item"]["arn"]["S"] == key_arn("bad")
        return Refusal("AccessDeniedException") if is_bad else None

    wire.answers("PutItem", refuse_one)
    batch = [record(seen("bad"), message_id="bad"), record(seen("good"))]
    assert hub.report(batch) == ["bad"]
    assert {*hub.items()} == {key_arn("good")}
    [logged] = log.saying(NOT_STORED)
    assert vars(logged)["reason"] == "STORAGE_UNAVAILABLE"


@pytest.mark.parametrize(("deliveries", "expected"), [(4, {}), (5, {"deadLettered": 1})])
def test_a_message_that_sqs_gives_up_is_counted(
    hub: Hub, wire: Wire, deliveries: int, expected: dict[str, int]
) -> None:
    wire.refuses("PutItem", "ValidationException")
    assert hub.report([record(seen(), message_id="m", deliveries=deliveries)]) == ["m"]
    assert counted(hub) == expected


def test_only_a_late_message_of_an_unknown_resource_costs_a_look_at_its_listing(
    hub: Hub, wire: Wire
) -> None:
    age = int((datetime.now(UTC) - START).total_seconds())
    report(hub, seen("fresh", at=age))
    assert wire.of("BatchGetItem") == []
    report(hub, seen("late"))
    assert wire.of("BatchGetItem")


def test_counters_that_cannot_be_written_cost_no_message(hub: Hub, wire: Wire, log: Log) -> None:
    wire.refuses("BatchWriteItem", "AccessDeniedException")
    report(hub, seen())
    assert {*hub.items()} == {key_arn("key-1")}
    assert log.saying("The counters of a batch could not be written")


# --- what speaks for another ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("accountId", OTHER_MEMBER),
        ("awsRegion", "mars-1"),
        ("scope", f"{OTHER_MEMBER}/kms/eu-west-1"),
        ("arn", f"arn:aws:kms:eu-west-1:{OTHER_MEMBER}:key/key-1"),
        ("resourceType", "AWS::S3::Bucket"),
        ("configurationItemCaptureTime", "9999-12-31T23:59:59.999999Z"),
        ("runId", "20261125T034830Z-1a2b3c4s1"),
    ],
)
def test_what_does_not_fit_together_is_refused_alone_and_counted_nowhere(
    hub: Hub, log: Log, field: str, value: str
) -> None:
    forged = json.dumps(seen() | {field: value})
    batch = [
        record(seen("a")),
        record(forged, message_id="forged", deliveries=5),
    ]
    assert hub.report(batch) == ["forged"]
    assert {*hub.items()} == {key_arn("a")}
    assert counted(hub) == {"stored": 1}
    [logged] = log.saying(NOT_STORED)
    reason = str(vars(logged)["reason"])
    assert reason.startswith("INCONSISTENT_MESSAGE: ")
    assert value not in reason


def test_a_forged_copy_neither_becomes_current_nor_rewrites_history(hub: Hub) -> None:
    report(hub, seen())
    before = raw_rows()
    report(hub, seen(configuration={"Description": "REWRITTEN"}, tags={}))
    assert raw_rows() == before
    assert counted(hub) == {"stored": 1, "duplicate": 1}


@pytest.mark.parametrize(
    "pointer",
    [
        {"bucket": "attackers-bucket", "key": "x"},
        {"bucket": BUCKET, "key": f"runs/{RUN_ID}/summary.json"},
        {"bucket": BUCKET, "key": f"oversize/{OTHER_MEMBER}/kms/eu-west-1/{'0' * 64}.json"},
    ],
)
def test_a_pointer_that_leads_elsewhere_is_refused(
    hub: Hub, log: Log, pointer: dict[str, str]
) -> None:
    assert hub.report([record(pointing_to(pointer), message_id="forged")]) == ["forged"]
    assert hub.items() == {}
    [logged] = log.saying(NOT_STORED)
    assert str(vars(logged)["reason"]).startswith("INCONSISTENT_MESSAGE: pointer: ")


# --- large items ----------------------------------------------------------------------------------


def pointing_to(pointer: Mapping[str, str]) -> Item:
    """Return the item of a key whose large fields are where `pointer` says."""
    claimed = {name: value for name, value in seen().items() if name not in CLAIMED}
    return cast("Item", claimed | {"pointer": pointer})


def test_an_item_whose_fields_are_in_s3_is_stored_with_its_pointer(hub: Hub) -> None:
    pointer = {"bucket": BUCKET, "key": f"oversize/{ACCOUNT}/kms/eu-west-1/{'0' * 64}.json"}
    item = pointing_to(pointer)
    report(hub, item)
    row = raw_rows()["current"]
    assert row["pointer"] == {"M": {name: {"S": value} for name, value in pointer.items()}}
    assert not {*CLAIMED} & {*row}
    assert hub.items()[key_arn("key-1")] == item


@pytest.mark.parametrize("text", ["x", "é", "漢", "😀", '"'], ids=["1", "2", "3", "4", "quote"])
def test_the_largest_message_fits_an_item_of_the_table(hub: Hub, text: str) -> None:
    tags = {f"{text * 100}{number}": text * 200 for number in range(50)}

    def item_of_size(length: int) -> Item:
        return seen(tags=tags, configuration={"Text": text * length, "Inner": [text] * 100})

    def size(length: int) -> int:
        item = item_of_size(length)
        return message_size(json.dumps(item, separators=(",", ":")), message_attributes(item))

    step = size(1) - size(0)
    length = (MAX_REQUEST_BYTES - size(0)) // step
    assert MAX_REQUEST_BYTES - step < size(length) <= MAX_REQUEST_BYTES
    report(hub, item_of_size(length))
    for row in raw_rows().values():
        assert dynamodb_size(row) < DYNAMODB_ITEM_LIMIT
