"""What `cidb2 find` asks the inventory for, and what it takes for a match."""

from typing import Any, cast

import pytest

from cidb2.items.claim_check import ClaimCheck
from cidb2.items.inventory import QUERIES_SIDE_BY_SIDE, Inventory
from cidb2.items.item import Change, Item, without_claimed
from cidb2.items.rows import TYPE_SHARDS, type_key
from cidb2.publishing.messages import message_of
from cidb2.services import SERVICES
from cidb2.types.catalog import types_named
from cli import search
from cli.search import ALL_TYPES, Wanted
from tests.support.builders import ACCOUNT, BUCKET, an_item, key_arn
from tests.support.fakes import FakeS3, MemoryTable

ONE = {
    "resourceType": "AWS::KMS::Key",
    "accountId": ACCOUNT,
    "awsRegion": "eu-west-1",
    "resourceName": "alias/Payments-[1]",
    "arn": "arn",
    "tags": {"team": "a=b", "empty": ""},
}


@pytest.mark.parametrize(
    ("wanted", "is_match"),
    [
        (Wanted(), True),
        (Wanted(types=["AWS::KMS::Key", "AWS::S3::Bucket"]), True),
        (Wanted(types=["AWS::S3::Bucket"]), False),
        (Wanted(account="1"), False),
        (Wanted(region="global"), False),
        (Wanted(name="pay"), True),
        (Wanted(name="s-[1"), True),
        (Wanted(name="pay*"), False),
        (Wanted(name="ALIAS/pay*"), True),
        (Wanted(name="alias/*-[1]"), True),
        (Wanted(name="alias/payments-[1?*?"), False),
        (Wanted(tags={"team": "a=b"}), True),
        (Wanted(tags={"team": None, "empty": ""}), True),
        (Wanted(tags={"team": "a", "empty": ""}), False),
        (Wanted(tags={"Team": None}), False),
    ],
)
def test_a_match_is_one_in_everything(wanted: Wanted, *, is_match: bool) -> None:
    assert wanted.matches(ONE) is is_match


def test_a_resource_without_name_and_tags_matches_what_asks_for_neither() -> None:
    bare = {**ONE, "resourceName": None, "tags": None}
    assert Wanted(account=ACCOUNT).matches(bare)
    assert not Wanted(name="a").matches(bare)
    assert not Wanted(tags={"team": None}).matches(bare)


def test_a_type_is_named_by_its_end() -> None:
    assert types_named("AWS::IAM::role") == ["AWS::IAM::Role"]
    assert types_named("managedpolicy") == ["AWS::IAM::ManagedPolicy"]
    assert types_named("iam::user") == ["AWS::IAM::User"]
    assert types_named("polic") == []
    assert all(types_named(name) == [name] for name in ALL_TYPES)


class AskedTable(MemoryTable):
    """A table in memory that keeps which indexes it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def query(self, condition: str, values: Any, **options: Any) -> Any:
        self.asked.append(f"{options['IndexName']} {values[next(iter(values))]}")
        return super().query(condition, values, **options)

    def scan(self, **options: Any) -> Any:
        self.asked.append(f"{options['IndexName']}, segment {options['Segment']}")
        return super().scan(**options)


def find(inventory: Inventory, wanted: Wanted) -> list[dict[str, Any]]:
    """Return what is found; a row that is of no use fails the test."""

    def otherwise(_: str, refusal: Exception) -> None:
        raise refusal

    return search.find(inventory, wanted, otherwise)


def planted() -> tuple[AskedTable, Inventory]:
    table, s3 = AskedTable(), cast("Any", FakeS3())
    claim_check = ClaimCheck(s3, BUCKET)
    large = an_item("large", tags={"team": "x" * 300_000}, change=Change.CHANGED)
    message_of(large, claim_check)
    [key] = s3.objects
    pointer = cast("Any", {"bucket": BUCKET, "key": key})
    table.store([an_item("small"), cast("Item", without_claimed(large, pointer))])
    return table, Inventory(table, claim_check)


def test_of_an_account_only_the_services_of_the_types_are_read() -> None:
    table, inventory = planted()
    found = find(inventory, Wanted(types=["AWS::KMS::Key"], account=ACCOUNT))
    assert [one["resourceName"] for one in found] == ["alias/large", "alias/small"]
    assert table.asked == [f"by-scope {ACCOUNT}/kms"]
    table.asked.clear()
    assert len(find(inventory, Wanted(account=ACCOUNT))) == 2
    assert table.asked == [f"by-scope {ACCOUNT}/{service}" for service in SERVICES]


def test_without_an_account_the_partitions_of_the_types_or_the_index_is_read() -> None:
    table, inventory = planted()
    assert len(find(inventory, Wanted(types=["AWS::KMS::Key", "AWS::S3::Bucket"]))) == 2
    types = {"AWS::KMS::Key", "AWS::S3::Bucket"}
    partitions = {type_key(each, shard) for each in types for shard in range(TYPE_SHARDS)}
    assert {*table.asked} == {f"by-type {partition}" for partition in partitions}
    table.asked.clear()
    found = find(inventory, Wanted())
    assert [one["resourceType"] for one in found] == ["AWS::KMS::Key"] * 2
    assert {*table.asked} == {
        f"by-type, segment {segment}" for segment in range(QUERIES_SIDE_BY_SIDE)
    }
    assert len(table.asked) == QUERIES_SIDE_BY_SIDE


@pytest.mark.parametrize("account", [None, ACCOUNT])
def test_tags_that_are_in_s3_are_fetched_where_they_matter(account: str | None) -> None:
    _, inventory = planted()
    wanted = Wanted(account=account, tags={"team": "x" * 300_000})
    [found] = find(inventory, wanted)
    assert found["resourceName"] == "alias/large"
    assert len(find(inventory, Wanted(account=account, tags={"team": None}))) == 2


def test_a_row_that_is_of_no_use_is_told_and_the_others_are_found() -> None:
    table, inventory = planted()
    del table.rows[key_arn("small"), "current"]["configuration"]
    told: list[str] = []
    wanted = Wanted(account=ACCOUNT)
    found = search.find(inventory, wanted, lambda arn, _: told.append(arn))
    assert [one["resourceName"] for one in found] == ["alias/large"]
    assert told == [key_arn("small")]
