"""A row of the inventory table that is of no use costs that row, and no other resource anything."""

import json
from collections.abc import Callable
from typing import Any, cast

import pytest

from cidb2.aws.table import Row
from cidb2.errors import StorageRefusedError, StorageUnavailableError, UnusableRowError
from cidb2.items.claim_check import ClaimCheck
from cidb2.items.inventory import Inventory
from cidb2.items.item import Item, without_claimed
from cidb2.publishing.messages import message_of
from tests.support.builders import (
    ACCOUNT,
    BUCKET,
    REGION,
    a_resource,
    an_item,
    client_error,
    key_arn,
)
from tests.support.collecting import Collecting, Listing, keys
from tests.support.fakes import FakeS3, MemoryTable

BAD, GOOD = key_arn("bad"), key_arn("good")


def with_fields(**fields: Any) -> Callable[[Row], None]:
    return lambda row: row.update(fields)


def without(name: str) -> Callable[[Row], None]:
    return lambda row: row.pop(name)


def pointing(bucket: str, key: str) -> Callable[[Row], None]:
    def point(row: Row) -> None:
        for name in ("tags", "configuration", "supplementaryConfiguration"):
            del row[name]
        row["pointer"] = {"bucket": bucket, "key": key}

    return point


DAMAGE: dict[str, Callable[[Row], None]] = {
    "no configuration": without("configuration"),
    "no JSON": with_fields(configuration="{"),
    "no scope": without("scope"),
    "a scope of two parts": with_fields(scope="a/b"),
    "no change that there is": with_fields(change="EXPLODED"),
    "a number": with_fields(arn=1),
    "another ARN": with_fields(arn=GOOD, resourceId="good"),
    "another account": with_fields(accountId="345678901234"),
    "another region": with_fields(awsRegion="eu-north-1"),
    "no hash": without("contentHash"),
    "a hash that is none": with_fields(contentHash=7),
    "unreadable fields that are none": with_fields(unreadable="tags"),
}
POINTERS: dict[str, Callable[[Row], None]] = {
    "another bucket": pointing("attackers-bucket", "x"),
    "another prefix": pointing(BUCKET, "runs/x/summary.json"),
    "another scope": pointing(BUCKET, f"oversize/345678901234/kms/{REGION}/{'0' * 64}.json"),
    "no object": pointing(BUCKET, "oversize"),
    "no text": lambda row: row.update(pointer={"bucket": 1, "key": 2}),
}


def denied(name: str) -> Any:
    """Return a key whose tags cannot be read today."""
    return a_resource(name, tags=None, unreadable={"tags": "AccessDeniedException"})


def damaged(collecting: Collecting, damage: Callable[[Row], None]) -> None:
    damage(collecting.inventory_table.rows[BAD, "current"])


def tags(collecting: Collecting) -> dict[str, Any]:
    return {item["arn"]: item["tags"] for item in collecting.published}


@pytest.mark.parametrize("damage", [*DAMAGE.values(), *POINTERS.values()], ids=[*DAMAGE, *POINTERS])
def test_nothing_is_remembered_of_a_bad_row_and_the_resource_takes_its_place(
    damage: Callable[[Row], None], caplog: pytest.LogCaptureFixture
) -> None:
    collecting = Collecting({REGION: Listing([[denied("bad"), denied("good"), *keys("other")]])})
    collecting.know(*keys("bad", "good", "other"))
    damaged(collecting, damage)
    collecting.collect()
    assert collecting.outcomes == {REGION: ("COMPLETE", None)}
    remembered = {"team": "payments"}
    assert tags(collecting) == {GOOD: remembered, key_arn("other"): remembered, BAD: None}
    [logged] = [record for record in caplog.records if hasattr(record, "arn")]
    told = [vars(logged)[name] for name in ("region", "arn", "reason")]
    assert told == [REGION, BAD, "UNUSABLE_ROW"]
    collecting.store()
    collecting.begin_run("20261125T034830Z-1a2b3c4d")
    collecting.collect()
    assert {*collecting.changes.values()} == {"UNCHANGED"}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_bad_row_that_is_not_listed_is_told_and_others_are_marked_deleted(
    damage: Callable[[Row], None],
) -> None:
    collecting = Collecting({REGION: Listing([keys("there")]), "eu-north-1": Listing()})
    collecting.know(*keys("bad", "good", "there"))
    damaged(collecting, damage)
    collecting.collect()
    deleted = {arn for arn, change in collecting.changes.items() if change == "DELETED"}
    assert deleted == {GOOD}
    assert collecting.outcomes == {
        REGION: ("PARTIAL", "UNUSABLE_ROW"),
        "eu-north-1": ("COMPLETE", None),
    }


def kept_to_itself(collecting: Collecting, code: str, status: int) -> None:
    """Have S3 refuse the large fields of the item `bad`."""
    large = an_item("bad", configuration={"Padding": "x" * 300_000})
    message = message_of(large, ClaimCheck(cast("Any", collecting.s3), BUCKET))
    collecting.inventory_table.store([json.loads(message.body)])
    collecting.s3.refusal = client_error(code, status=status)
    collecting.s3.refused = "oversize/"


def test_what_s3_keeps_to_itself_costs_its_resource_and_hides_nothing_that_is_known() -> None:
    collecting = Collecting({REGION: Listing([[denied("bad"), denied("good")]])})
    collecting.know(*keys("bad", "good"))
    kept_to_itself(collecting, "AccessDenied", 403)
    before = dict(collecting.inventory_table.rows[BAD, "current"])
    collecting.collect()
    assert tags(collecting) == {GOOD: {"team": "payments"}}
    assert collecting.outcomes == {REGION: ("PARTIAL", "STORAGE_UNAVAILABLE")}
    collecting.store()
    assert collecting.inventory_table.rows[BAD, "current"] == before


def test_what_needs_a_person_is_named_before_what_s3_cannot_answer_now() -> None:
    [broken] = keys("broken")
    listing = Listing([[broken], [denied("bad")]], instead={broken.arn: KeyError("x")})
    collecting = Collecting({REGION: listing})
    collecting.know(*keys("bad"))
    kept_to_itself(collecting, "SlowDown", 503)
    collecting.collect()
    assert collecting.outcomes == {REGION: ("PARTIAL", "INTERNAL")}


def test_what_another_account_was_known_by_is_not_remembered_of_this_one() -> None:
    """A bucket's ARN names no account: its last owner's tags are not this owner's."""
    collecting = Collecting({REGION: Listing([[denied("bad")]])})
    [item] = collecting.know(*keys("bad"), region="eu-north-1")
    assert item["scope"] != f"{ACCOUNT}/kms/{REGION}"
    collecting.collect()
    assert tags(collecting) == {BAD: None}


def test_without_somebody_to_tell_a_bad_row_is_an_error_that_names_it() -> None:
    table = MemoryTable()
    inventory = Inventory(table, ClaimCheck(cast("Any", FakeS3()), BUCKET))
    table.store([an_item("bad"), an_item("good")])
    table.rows[BAD, "current"]["configuration"] = '{"Password": hunter2}'
    with pytest.raises(UnusableRowError) as refused:
        list(inventory.items([BAD, GOOD]))
    assert str(refused.value) == f"{BAD}: not an item (JSONDecodeError)"


def test_somebody_is_told_of_each_bad_row_and_gets_the_others() -> None:
    table, s3 = MemoryTable(), FakeS3()
    inventory = Inventory(table, ClaimCheck(cast("Any", s3), BUCKET))
    lost = without_claimed(
        an_item("lost"),
        {"bucket": BUCKET, "key": f"oversize/{ACCOUNT}/kms/{REGION}/{'0' * 64}.json"},
    )
    table.store([an_item("bad"), an_item("good"), cast("Item", lost)])
    del table.rows[BAD, "current"]["configuration"]
    told: dict[str, type[Exception]] = {}
    wanted = [BAD, key_arn("lost"), GOOD]
    found = inventory.items(wanted, otherwise=lambda arn, error: told.update({arn: type(error)}))
    assert [item["arn"] for item in found] == [GOOD]
    assert told == {BAD: UnusableRowError, key_arn("lost"): StorageRefusedError}
    s3.refusal = client_error("SlowDown", status=503)
    with pytest.raises(StorageUnavailableError):
        list(inventory.items(wanted[1:]))
