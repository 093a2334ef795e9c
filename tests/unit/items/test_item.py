"""An item speaks AWS Config's vocabulary, and the schema holds what the code makes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidb2.items.item import (
    CLAIMED,
    Change,
    live_item,
    message_attributes,
    tombstone,
    without_claimed,
)
from cidb2.items.resource import Resource
from cidb2.validation import check
from tests.support.builders import ACCOUNT, MOMENT, RUN_ID, SCOPE, a_resource, an_item
from tests.support.strategies import resources


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (Change.CREATED, "ResourceDiscovered"),
        (Change.CHANGED, "OK"),
        (Change.UNCHANGED, "OK"),
    ],
)
def test_a_living_resource_is_discovered_once_and_ok_after(change: Change, status: str) -> None:
    assert an_item(change=change)["configurationItemStatus"] == status


def test_an_item_says_everything_of_its_resource() -> None:
    resource = a_resource(unreadable={"supplementaryConfiguration.RotationStatus": "AccessDenied"})
    assert live_item(resource, SCOPE, RUN_ID, Change.CHANGED, MOMENT) == {
        "schemaVersion": "1.0",
        "runId": RUN_ID,
        "scope": f"{ACCOUNT}/kms/eu-west-1",
        "change": "CHANGED",
        "accountId": ACCOUNT,
        "awsRegion": "eu-west-1",
        "resourceType": "AWS::KMS::Key",
        "resourceId": "key-1",
        "resourceName": "alias/key-1",
        "arn": resource.arn,
        "tags": {"team": "payments"},
        "configuration": {"KeyId": "key-1", "Enabled": True},
        "supplementaryConfiguration": {"Policy": {"Statement": []}},
        "configurationItemCaptureTime": MOMENT,
        "configurationItemStatus": "OK",
        "contentHash": resource.content_hash,
        "unreadable": {"supplementaryConfiguration.RotationStatus": "AccessDenied"},
    }


def test_an_items_region_is_its_resources_and_not_its_scopes() -> None:
    item = live_item(a_resource(region="us-west-2"), SCOPE, RUN_ID, Change.CREATED, MOMENT)
    assert item["awsRegion"] == "us-west-2"
    assert item["scope"].endswith("/eu-west-1")


def test_what_could_not_be_read_at_all_is_null() -> None:
    resource = a_resource(tags=None, configuration=None)
    item = live_item(resource, SCOPE, RUN_ID, Change.CREATED, MOMENT)
    assert item["tags"] is None
    assert item["configuration"] is None


@given(resources, st.sampled_from([Change.CREATED, Change.CHANGED, Change.UNCHANGED]))
def test_every_item_meets_the_schema(resource: Resource, change: Change) -> None:
    item = live_item(resource, SCOPE, RUN_ID, change, MOMENT)
    check("item", json.loads(json.dumps(item)), "message")
    gone = tombstone(item, RUN_ID, MOMENT)
    check("item", json.loads(json.dumps(gone)), "message")
    claimed = without_claimed(item, {"bucket": "bucket", "key": "key"})
    check("item", json.loads(json.dumps(claimed)), "message")


def test_a_tombstone_keeps_what_the_resource_last_was() -> None:
    known = an_item(change=Change.UNCHANGED, runId="yesterday")
    later = "2026-11-25T00:00:00.000000Z"
    gone = tombstone(known, RUN_ID, later)
    changed = {
        "runId": RUN_ID,
        "change": "DELETED",
        "configurationItemCaptureTime": later,
        "configurationItemStatus": "ResourceDeleted",
    }
    assert gone == {**known, **changed}
    assert known["runId"] == "yesterday"


def test_subscribers_can_filter_by_five_attributes() -> None:
    assert message_attributes(an_item()) == {
        "change": "CREATED",
        "accountId": ACCOUNT,
        "awsRegion": "eu-west-1",
        "resourceType": "AWS::KMS::Key",
        "service": "kms",
    }


def test_a_claimed_item_keeps_all_but_its_large_fields_and_says_where_they_are() -> None:
    item = an_item()
    pointer = {"bucket": "bucket", "key": "oversize/1.json"}
    claimed = without_claimed(item, pointer)  # type: ignore[arg-type]  # a plain map
    assert claimed == {name: value for name, value in item.items() if name not in CLAIMED} | {
        "pointer": pointer
    }
