"""KMS keys with aliases, policy, rotation and tags; each denied call costs its own field."""

import json
from typing import Any, cast

import pytest

from cidb2.errors import ResourceGoneError
from cidb2.items.item import Change, live_item
from cidb2.items.resource import Resource
from cidb2.scope import Scope
from functions.kms_collector.collector import KmsReader
from tests.support.builders import ACCOUNT, MOMENT, REGION, RUN_ID, a_run, client_error, key_arn
from tests.support.fakes import FakeAccount, FakeAws

SCOPE = Scope(ACCOUNT, "kms", REGION)
METADATA = {
    "KeyId": "1",
    "KeyManager": "CUSTOMER",
    "KeyState": "Enabled",
    "KeySpec": "SYMMETRIC_DEFAULT",
    "Origin": "AWS_KMS",
}
ALIASES = [
    {"AliasName": "alias/zebra", "TargetKeyId": "1"},
    {"AliasName": "alias/ape", "TargetKeyId": "1"},
    {"AliasName": "alias/aws/unused"},
    {"AliasName": "alias/other", "TargetKeyId": "2"},
]
POLICY = {"Version": "2012-10-17", "Statement": []}
DENIED: Any = client_error("AccessDeniedException")
OPTIONAL = {
    "describe_key": {"configuration", "supplementaryConfiguration.RotationStatus"},
    "list_aliases": {"supplementaryConfiguration.Aliases", "resourceName"},
    "get_key_policy": {"supplementaryConfiguration.Policy"},
    "get_key_rotation_status": {"supplementaryConfiguration.RotationStatus"},
    "list_resource_tags": {"tags"},
}


def kms(metadata: dict[str, Any] = METADATA, **changes: Any) -> FakeAws:
    answers: dict[str, Any] = {
        "list_keys": [
            {"Keys": [{"KeyId": "1", "KeyArn": key_arn("1")}], "NextMarker": "next"},
            {"Keys": []},
        ],
        "list_aliases": [{"Aliases": ALIASES[:1]}, {"Aliases": ALIASES[1:]}],
        "describe_key": {"KeyMetadata": metadata},
        "get_key_policy": {"Policy": json.dumps(POLICY)},
        "get_key_rotation_status": {"KeyRotationEnabled": True, "ResponseMetadata": {}},
        "list_resource_tags": [{"Tags": [{"TagKey": "team", "TagValue": "payments"}]}],
    }
    return FakeAws(**answers | changes)


def reader(client: FakeAws) -> KmsReader:
    return KmsReader(cast("Any", FakeAccount(kms=client)), SCOPE, a_run())


def read(client: FakeAws) -> Resource:
    """Return the one key of a region."""
    reading = reader(client)
    [listed] = [listed for page in reading.pages(None) for listed in page.listed]
    return reading.read(listed)


def test_a_customer_key_has_all_its_fields() -> None:
    key = read(kms())
    assert key.configuration == METADATA
    assert key.supplementary == {
        "Aliases": ALIASES[:2],
        "Policy": POLICY,
        "RotationStatus": {"KeyRotationEnabled": True},
    }
    assert key.tags == {"team": "payments"}
    assert (key.resource_id, key.arn, key.resource_name) == ("1", key_arn("1"), "alias/ape")
    assert key.unreadable_codes == {}


def test_a_key_without_an_alias_has_no_name() -> None:
    key = read(kms(list_aliases=[{"Aliases": []}]))
    assert (key.resource_name, key.supplementary["Aliases"]) == (None, [])


def test_an_aws_managed_key_is_listed_and_nothing_else_is_asked_of_it() -> None:
    client = kms({**METADATA, "KeyManager": "AWS"})
    key = read(client)
    assert key.supplementary == {"Aliases": ALIASES[:2]}
    assert key.tags == {}
    asked = {"list_keys", "list_aliases", "describe_key"}
    assert client.calls.keys() == asked


@pytest.mark.parametrize(
    "change",
    [
        {"KeySpec": "RSA_2048"},
        {"Origin": "EXTERNAL"},
    ],
)
def test_rotation_is_not_asked_of_keys_that_cannot_rotate(change: dict[str, str]) -> None:
    client = kms({**METADATA, **change})
    assert read(client).supplementary["RotationStatus"] is None
    assert client.calls["get_key_rotation_status"] == 0


@pytest.mark.parametrize("call", OPTIONAL)
def test_a_denied_call_marks_its_fields_and_costs_no_other(call: str) -> None:
    key = read(kms(**{call: DENIED}))
    assert key.unreadable_codes == dict.fromkeys(OPTIONAL[call], "AccessDeniedException")


@pytest.mark.parametrize(("manager", "alias"), [("CUSTOMER", "alias/a"), ("AWS", "alias/aws/s3")])
@pytest.mark.parametrize("call", OPTIONAL)
def test_a_call_that_is_denied_today_is_no_change(call: str, manager: str, alias: str) -> None:
    metadata = {**METADATA, "KeyManager": manager}
    aliases = [{"Aliases": [{"AliasName": alias, "TargetKeyId": "1"}]}]
    yesterday = read(kms(metadata, list_aliases=aliases))
    known = live_item(yesterday, SCOPE, RUN_ID, Change.CREATED, MOMENT)
    denying = kms(metadata, **{"list_aliases": aliases, call: DENIED})
    today = read(denying).remembering(cast("Any", known))
    assert today.content_hash == yesterday.content_hash


@pytest.mark.parametrize(
    "call", ["describe_key", "get_key_policy", "get_key_rotation_status", "list_resource_tags"]
)
def test_a_key_that_vanished_is_gone(call: str) -> None:
    vanished: dict[str, Any] = {call: client_error("NotFoundException")}
    with pytest.raises(ResourceGoneError):
        read(kms(**vanished))


def test_aliases_are_read_once_for_a_region_and_not_at_all_where_there_are_no_keys() -> None:
    pages = [{"Keys": [{"KeyId": str(each), "KeyArn": key_arn(str(each))}]} for each in range(3)]
    busy, empty = kms(list_keys=pages), kms(list_keys=[{"Keys": []}])
    for client in (busy, empty):
        reading = reader(client)
        for page in reading.pages(None):
            for listed in page.listed:
                reading.read(listed)
    assert (busy.calls["list_aliases"], empty.calls["list_aliases"]) == (1, 0)


def test_the_listing_goes_on_at_awss_token() -> None:
    client = kms()
    pages = list(reader(client).pages("marker"))
    assert [page.next_token for page in pages] == ["next", None]
    assert client.arguments["list_keys"][0]["Marker"] == "marker"
