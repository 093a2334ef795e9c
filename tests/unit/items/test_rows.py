"""An item becomes a row and comes back whole; only what lives is found by the indexes."""

from collections import Counter
from typing import Any, cast

import pytest
from hypothesis import given

from cidb2.aws.attributes import from_attributes
from cidb2.items.item import Change, Item, live_item, tombstone, without_claimed
from cidb2.items.resource import Resource
from cidb2.items.rows import TYPE_SHARDS, current_row, item_of, type_key, type_of, version_row
from cidb2.validation import check
from tests.support.builders import ACCOUNT, MOMENT, RUN_ID, SCOPE, a_resource, an_item, key_arn
from tests.support.strategies import resources

LIVING_KEYS = {"scopeKey", "scopeSort", "typeKey"}
INDEX_KEYS = {*LIVING_KEYS, "changeKey"}


def current(item: Item, expires_at: int | None = None) -> dict[str, Any]:
    return from_attributes(current_row(item, expires_at))


def version(item: Item, expires_at: int = 7) -> dict[str, Any]:
    return from_attributes(version_row(item, expires_at))


@given(resources)
def test_any_item_comes_back_from_its_rows_as_it_was(resource: Resource) -> None:
    item = live_item(resource, SCOPE, RUN_ID, Change.CHANGED, MOMENT)
    assert item_of(current(item)) == item
    assert item_of(version(item)) == item


def test_an_item_says_what_was_left_out_of_it_where_something_was() -> None:
    omitted = ("configuration.UserData", "supplementaryConfiguration.Versions.UserData")
    item = live_item(a_resource(omitted=omitted), SCOPE, RUN_ID, Change.CHANGED, MOMENT)
    check("item", item, "item")
    assert item_of(current(item))["omitted"] == [*omitted]
    whole = live_item(a_resource(), SCOPE, RUN_ID, Change.CHANGED, MOMENT)
    assert "omitted" not in whole
    assert item["contentHash"] == whole["contentHash"]


def test_what_an_earlier_release_wrote_without_being_a_number_is_a_text() -> None:
    row = current(an_item()) | {"configuration": '{"a":[NaN,Infinity,-Infinity]}'}
    assert item_of(row)["configuration"] == {"a": ["NaN", "Infinity", "-Infinity"]}


def test_a_current_row_is_found_by_its_arn_its_scope_and_its_type() -> None:
    row = current(an_item())
    arn = key_arn("key-1")
    assert (row["pk"], row["sk"]) == (arn, "current")
    assert {name: row[name] for name in INDEX_KEYS & row.keys()} == {
        "scopeKey": f"{ACCOUNT}/kms",
        "scopeSort": f"eu-west-1/{arn}",
        "typeKey": "AWS::KMS::Key#05",
    }
    assert "expiresAt" not in row


def test_the_resources_of_a_type_are_spread_evenly_over_its_partitions() -> None:
    names = [f"{number:08x}-0000-4000" for number in range(16_000)]
    keys = Counter(current(an_item(arn=key_arn(name)))["typeKey"] for name in names)
    assert keys.keys() == {type_key("AWS::KMS::Key", shard) for shard in range(TYPE_SHARDS)}
    assert max(keys.values()) < 1.2 * min(keys.values())
    assert {type_of(key) for key in keys} == {"AWS::KMS::Key"}


def test_a_version_is_kept_under_its_capture_time_and_found_by_its_run() -> None:
    row = version(an_item(), expires_at=1_800_000_000)
    assert (row["pk"], row["sk"]) == (key_arn("key-1"), f"version#{MOMENT}#{RUN_ID}")
    assert row["expiresAt"] == 1_800_000_000
    assert row["changeKey"] == f"{RUN_ID}/{ACCOUNT}/kms"
    assert not LIVING_KEYS & row.keys()


def test_a_tombstone_expires_is_in_no_index_and_keeps_what_was_last_known() -> None:
    gone = tombstone(an_item(), RUN_ID, MOMENT)
    row = current(gone, expires_at=1_800_000_000)
    assert row["sk"] == "current"
    assert row["expiresAt"] == 1_800_000_000
    assert not INDEX_KEYS & row.keys()
    assert item_of(row) == gone
    assert item_of(row)["configuration"] == an_item()["configuration"]


def test_configurations_are_json_text_as_aws_config_hands_them_out() -> None:
    row = current(an_item())
    assert row["configuration"] == '{"KeyId":"key-1","Enabled":true}'
    assert row["supplementaryConfiguration"] == '{"Policy":{"Statement":[]}}'
    assert row["tags"] == {"team": "payments"}


@pytest.mark.parametrize(("unreadable", "kept"), [({}, False), ({"tags": "AccessDenied"}, True)])
def test_unreadable_is_on_the_row_only_where_something_is(
    unreadable: dict[str, str], kept: bool
) -> None:
    row = current(an_item(unreadable=unreadable))
    assert ("unreadable" in row) is kept


def test_an_item_in_s3_comes_back_with_its_pointer_and_without_its_large_fields() -> None:
    pointer = {"bucket": "bucket", "key": "oversize/1.json"}
    claimed = cast("Item", without_claimed(an_item(), cast("Any", pointer)))
    assert item_of(current(claimed)) == claimed
    assert item_of(current(claimed))["pointer"] == pointer
