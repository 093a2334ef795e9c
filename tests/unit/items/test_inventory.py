"""A collector knows what the table holds, and gets items back whole."""

from typing import Any, cast

import pytest

from cidb2.errors import StorageUnavailableError
from cidb2.items.claim_check import ClaimCheck
from cidb2.items.inventory import Inventory
from cidb2.items.item import Change, Item, statement, tombstone, without_claimed
from cidb2.publishing.messages import message_of
from cidb2.scope import Scope
from tests.support.builders import ACCOUNT, BUCKET, MOMENT, RUN_ID, an_item, key_arn
from tests.support.fakes import FakeS3, MemoryTable


@pytest.fixture
def table() -> MemoryTable:
    return MemoryTable()


@pytest.fixture
def s3() -> FakeS3:
    return FakeS3()


@pytest.fixture
def inventory(table: MemoryTable, s3: FakeS3) -> Inventory:
    return Inventory(table, ClaimCheck(cast("Any", s3), BUCKET))


def test_what_is_known_is_told_by_region_and_arn(table: MemoryTable, inventory: Inventory) -> None:
    there, denied = an_item("key-1"), an_item("key-2", unreadable={"tags": "AccessDenied"})
    south = an_item("key-3", scope=f"{ACCOUNT}/kms/eu-south-1")
    table.store([there, denied, south])
    known = inventory.known(ACCOUNT, "kms")
    assert {region: {*items["ListKeys"]} for region, items in known.items()} == {
        "eu-west-1": {there["arn"], denied["arn"]},
        "eu-south-1": {south["arn"]},
    }
    for item in (there, denied, south):
        of_item = known[Scope.parse(item["scope"]).region]["ListKeys"][item["arn"]]
        assert of_item.has_content(item["contentHash"])
        assert of_item.says(statement(item["contentHash"], item["unreadable"]))
        assert not of_item.says(statement(item["contentHash"], {"tags": "Throttling"}))


def test_other_services_accounts_and_the_deleted_are_not_known(
    table: MemoryTable, inventory: Inventory
) -> None:
    table.store(
        [
            tombstone(an_item("gone"), RUN_ID, MOMENT),
            an_item("bucket", scope=f"{ACCOUNT}/s3/global"),
            an_item("other", scope="345678901234/kms/eu-west-1"),
        ]
    )
    assert inventory.known(ACCOUNT, "kms") == {}


def test_an_arn_with_slashes_is_known_by_its_whole_name(
    table: MemoryTable, inventory: Inventory
) -> None:
    item = an_item("key-1", arn=key_arn("a/b/c"))
    table.store([item])
    assert [*inventory.known(ACCOUNT, "kms")["eu-west-1"]["ListKeys"]] == [item["arn"]]


def test_items_come_back_whole_and_what_is_not_there_is_left_out(
    table: MemoryTable, s3: FakeS3, inventory: Inventory
) -> None:
    large = an_item("large", configuration={"Padding": "x" * 300_000}, change=Change.CHANGED)
    message_of(large, ClaimCheck(cast("Any", s3), BUCKET))
    [key] = s3.objects
    pointer = cast("Any", {"bucket": BUCKET, "key": key})
    small = an_item("small")
    table.store([small, cast("Item", without_claimed(large, pointer))])
    wanted = [small["arn"], large["arn"], key_arn("nowhere")]
    assert list(inventory.items(wanted)) == [small, large]


def test_a_table_that_refuses_is_an_error(table: MemoryTable, inventory: Inventory) -> None:
    table.refusal = StorageUnavailableError("inventory: throttled")
    with pytest.raises(StorageUnavailableError):
        inventory.known(ACCOUNT, "kms")
    with pytest.raises(StorageUnavailableError):
        list(inventory.items(["arn"]))
