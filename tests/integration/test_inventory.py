"""The inventory table's readers: what lives of a type, what a run changed, what a resource was."""

from collections.abc import Mapping
from typing import Any

import pytest

from cidb2.aws.clients import hub_clients
from cidb2.aws.table import Table
from cidb2.errors import StorageRefusedError
from cidb2.items.claim_check import ClaimCheck
from cidb2.items.inventory import Inventory
from cidb2.items.item import Change, Item
from cidb2.items.rows import TYPE_SHARDS
from tests.support.aws import REGION
from tests.support.builders import RUN_ID
from tests.support.hub import BUCKET, INVENTORY_TABLE, Hub
from tests.support.messages import ACCOUNT, after, key_arn, missed, record, seen
from tests.support.wire import Wire

pytestmark = pytest.mark.integration

LATER = "20261124T034831Z-0000000s1"
KEYS = [f"key-{number}" for number in range(100)]


@pytest.fixture
def inventory(hub: Hub) -> Inventory:
    clients = hub_clients(REGION, 4)
    table = Table(clients.client("dynamodb"), INVENTORY_TABLE)
    return Inventory(table, ClaimCheck(clients.client("s3"), BUCKET))


def deliver(hub: Hub, *items: Item) -> None:
    for item in items:
        assert hub.report([record(item)]) == []


def scope(service: str = "kms", outcome: str = "COMPLETE", **counts: int) -> Mapping[str, Any]:
    none = dict.fromkeys(("created", "changed", "deleted"), 0)
    return {"accountId": ACCOUNT, "service": service, "outcome": outcome, **none, **counts}


def test_everything_of_a_type_is_found_in_all_its_partitions(
    hub: Hub, inventory: Inventory, wire: Wire
) -> None:
    deliver(hub, *(seen(name) for name in KEYS), seen("gone"), missed("gone", at=60))
    found = {row["pk"]: row for row in inventory.of_type("AWS::KMS::Key")}
    assert found.keys() == {key_arn(name) for name in KEYS}
    shown = {name: found[key_arn("key-7")][name] for name in ("accountId", "awsRegion", "tags")}
    assert shown == {"accountId": ACCOUNT, "awsRegion": "eu-west-1", "tags": {"Größe": "大"}}
    assert found[key_arn("key-7")]["resourceName"] == "alias/key-7"
    assert "configuration" not in found[key_arn("key-7")]
    assert len({row["typeKey"] for row in found.values()}) == TYPE_SHARDS
    assert [*inventory.of_type("AWS::KMS")] == []
    assert sorted(inventory.of_every_type(), key=repr) == sorted(found.values(), key=repr)


def test_a_runs_changes_are_told_from_those_of_other_runs(hub: Hub, inventory: Inventory) -> None:
    deliver(hub, seen("stays"), seen("changes"), seen("goes"))
    same = seen("stays", at=60, run_id=LATER, change=Change.UNCHANGED)
    other = seen("changes", at=60, run_id=LATER, change=Change.CHANGED)
    deliver(hub, same, other, missed("goes", at=60, run_id=LATER), seen("new", run_id=LATER))
    found = [*inventory.changes(LATER, [scope(created=1), scope(changed=1, deleted=1)])]
    assert [(row["pk"], row["change"]) for row in found] == [
        (key_arn("changes"), "CHANGED"),
        (key_arn("goes"), "DELETED"),
        (key_arn("new"), "CREATED"),
    ]
    assert {name: found[0][name] for name in sorted(found[0]) if name not in ("pk", "change")} == {
        "accountId": ACCOUNT,
        "awsRegion": "eu-west-1",
        "changeKey": f"{LATER}/{ACCOUNT}/kms",
        "configurationItemCaptureTime": after(60),
        "resourceName": "alias/changes",
        "resourceType": "AWS::KMS::Key",
        "sk": f"version#{after(60)}#{LATER}",
    }
    created = inventory.changes(RUN_ID, [scope(created=3)])
    names = ("stays", "changes", "goes")
    assert {row["pk"] for row in created} == {*map(key_arn, names)}
    some = [*inventory.changes_of(RUN_ID, [(ACCOUNT, "kms")], most=2)]
    assert [row["pk"] for row in some] == [key_arn("changes"), key_arn("goes")]


def test_scopes_without_changes_are_not_asked_and_those_that_broke_off_are(
    hub: Hub, inventory: Inventory, wire: Wire
) -> None:
    deliver(hub, seen())
    wire.calls.clear()
    assert [*inventory.changes(RUN_ID, [scope(), scope("ec2")])] == []
    assert wire.calls == []
    [found] = inventory.changes(RUN_ID, [scope(outcome="FAILED"), scope("ec2")])
    assert found["pk"] == key_arn("key-1")
    assert [call.operation for call in wire.calls] == ["Query"]


def test_a_history_has_each_change_and_the_oldest_first(hub: Hub, inventory: Inventory) -> None:
    deliver(
        hub,
        seen(at=60, run_id=LATER, change=Change.CHANGED),
        seen(at=120, run_id=LATER, change=Change.UNCHANGED),
        seen(),
        seen("another"),
        missed(at=180, run_id=LATER),
    )
    told = [(item["change"], item["configuration"]) for item in inventory.history(key_arn("key-1"))]
    assert told == [
        ("CREATED", seen()["configuration"]),
        ("CHANGED", seen(at=60)["configuration"]),
        ("DELETED", seen()["configuration"]),
    ]
    assert [*inventory.history(key_arn("nowhere"))] == []


def test_a_partition_that_cannot_be_read_is_an_error(
    hub: Hub, inventory: Inventory, wire: Wire
) -> None:
    deliver(hub, seen())
    wire.refuses("Query", "AccessDeniedException", IndexName="by-type")
    with pytest.raises(StorageRefusedError):
        [*inventory.of_type("AWS::KMS::Key")]
