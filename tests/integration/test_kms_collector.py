"""The KMS collector: keys with aliases, policy, rotation and tags, each field on its own."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from cidb2.items.item import Item
from tests.support.aws import MEMBER, OTHER_MEMBER, REGION, client
from tests.support.hub import Hub, run_state
from tests.support.wire import Call, Paging, Wire

pytestmark = pytest.mark.integration

MARKERS = Paging(reads="Marker", writes="NextMarker", flag="Truncated")
SCOPE = f"{MEMBER}/kms/{REGION}"
MANY_TAGS = {f"schlüssel-{number}": f"価値 {number}" for number in range(50)}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "Größe", "Effect": "Allow", "Principal": "*", "Action": "kms:*"}],
}
RUNS = ("20261124T034830Z-0000000s1", "20261125T034830Z-0000000s1")
OPTIONAL = [
    ("ListAliases", {"supplementaryConfiguration.Aliases", "resourceName"}),
    ("DescribeKey", {"configuration", "supplementaryConfiguration.RotationStatus"}),
    ("GetKeyPolicy", {"supplementaryConfiguration.Policy"}),
    ("GetKeyRotationStatus", {"supplementaryConfiguration.RotationStatus"}),
    ("ListResourceTags", {"tags"}),
]
"""Each call that may be denied, and the fields that this costs."""

CUSTOMER_ONLY = {"GetKeyPolicy", "GetKeyRotationStatus", "ListResourceTags"}


def plant_key(
    tags: Mapping[str, str] = {}, account: str = MEMBER, region: str = REGION, **options: Any
) -> str:
    """Make a key and return its id."""
    listed = [{"TagKey": key, "TagValue": value} for key, value in tags.items()]
    answer = client("kms", account, region).create_key(Tags=listed, **options)
    return str(answer["KeyMetadata"]["KeyId"])


def key_arn(key_id: str, account: str = MEMBER, region: str = REGION) -> str:
    return f"arn:aws:kms:{region}:{account}:key/{key_id}"


def metadata(key_id: str, **changes: Any) -> dict[str, Any]:
    """Return what DescribeKey answers for an enabled, symmetric customer key; with changes."""
    return {
        "KeyMetadata": {
            "AWSAccountId": MEMBER,
            "KeyId": key_id,
            "Arn": key_arn(key_id),
            "Enabled": True,
            "KeyManager": "CUSTOMER",
            "KeySpec": "SYMMETRIC_DEFAULT",
            "KeyState": "Enabled",
            "KeyUsage": "ENCRYPT_DECRYPT",
            "Origin": "AWS_KMS",
            **changes,
        }
    }


def fields(item: Item) -> dict[str, Any]:
    """Return the fields of an item that describe the key, by the names that `unreadable` uses."""
    return {
        "tags": item["tags"],
        "configuration": item["configuration"],
        "resourceName": item["resourceName"],
        **{
            f"supplementaryConfiguration.{name}": value
            for name, value in item["supplementaryConfiguration"].items()
        },
    }


def supplementary(item: Item) -> dict[str, Any]:
    return item["supplementaryConfiguration"]


def test_a_customer_key_is_read_with_all_its_fields(hub: Hub) -> None:
    kms = client("kms", MEMBER)
    key_id = plant_key(MANY_TAGS, Description="Zahlungen 支払い", Policy=json.dumps(POLICY))
    kms.create_alias(AliasName="alias/payments", TargetKeyId=key_id)
    kms.enable_key_rotation(KeyId=key_id)
    described = kms.describe_key(KeyId=key_id)["KeyMetadata"]
    item = hub.take("kms")[key_arn(key_id)]
    configuration = item["configuration"]
    assert configuration is not None
    assert configuration.keys() == described.keys()
    assert configuration["Description"] == "Zahlungen 支払い"
    assert configuration["CreationDate"].endswith("Z")
    assert item["resourceType"] == "AWS::KMS::Key"
    assert (item["resourceId"], item["resourceName"]) == (key_id, "alias/payments")
    assert (item["accountId"], item["awsRegion"], item["scope"]) == (MEMBER, REGION, SCOPE)
    assert item["tags"] == MANY_TAGS
    assert item["unreadable"] == {}
    extra = supplementary(item)
    assert {*extra} == {"Aliases", "Policy", "RotationStatus"}
    assert extra["Policy"] == POLICY
    assert extra["RotationStatus"]["KeyRotationEnabled"] is True
    assert "ResponseMetadata" not in extra["RotationStatus"]
    [alias] = extra["Aliases"]
    assert (alias["AliasName"], alias["TargetKeyId"]) == ("alias/payments", key_id)


def test_a_key_without_alias_has_no_name_and_no_aliases(hub: Hub) -> None:
    key_id = plant_key()
    item = hub.take("kms")[key_arn(key_id)]
    assert (item["resourceName"], supplementary(item)["Aliases"]) == (None, [])
    assert (item["tags"], item["unreadable"]) == ({}, {})


def test_a_key_is_named_by_the_first_of_its_aliases(hub: Hub) -> None:
    key_id, other = plant_key(), plant_key()
    for name, target in (("alias/b", key_id), ("alias/a", key_id), ("alias/0", other)):
        client("kms", MEMBER).create_alias(AliasName=name, TargetKeyId=target)
    item = hub.take("kms")[key_arn(key_id)]
    assert item["resourceName"] == "alias/a"
    names = [alias["AliasName"] for alias in supplementary(item)["Aliases"]]
    assert sorted(names) == ["alias/a", "alias/b"]


def test_aws_is_asked_for_large_pages_and_for_all_aliases_of_a_region_at_once(
    hub: Hub, wire: Wire
) -> None:
    keys = {plant_key(), plant_key()}
    hub.collect("kms")
    assert [call.parameters for call in wire.of("ListKeys")] == [{"Limit": 1000}]
    assert [call.parameters for call in wire.of("ListAliases")] == [{"Limit": 100}]
    for operation, parameters in (
        ("DescribeKey", {}),
        ("GetKeyPolicy", {"PolicyName": "default"}),
        ("GetKeyRotationStatus", {}),
        ("ListResourceTags", {"Limit": 50}),
    ):
        sent = sorted(wire.of(operation), key=lambda call: str(call.parameters["KeyId"]))
        assert [call.parameters for call in sent] == [
            {"KeyId": key_id, **parameters} for key_id in sorted(keys)
        ]
    assert wire.of("DescribeRegions")[0].parameters == {"AllRegions": True}
    assert {call.account for call in wire.calls if call.service == "kms"} == {MEMBER}


def test_a_region_without_keys_is_not_asked_for_aliases(hub: Hub, wire: Wire) -> None:
    hub.collect("kms")
    assert wire.operations("kms") == {"ListKeys"}
    assert hub.scopes()[SCOPE]["outcome"] == "COMPLETE"


def test_every_page_of_keys_aliases_and_tags_is_read(hub: Hub, wire: Wire) -> None:
    keys = [plant_key() for _ in range(3)]
    listed = [{"KeyId": key_id, "KeyArn": key_arn(key_id)} for key_id in keys]
    wire.pages("ListKeys", [{"Keys": [each]} for each in listed], MARKERS)
    aliases = [{"AliasName": f"alias/{key_id}", "TargetKeyId": key_id} for key_id in keys]
    wire.pages("ListAliases", [{"Aliases": [each]} for each in aliases], MARKERS)
    tags = [{"TagKey": name, "TagValue": name.upper()} for name in ("a", "b", "c")]
    wire.pages("ListResourceTags", [{"Tags": [each]} for each in tags], MARKERS, KeyId=keys[0])
    items = hub.take("kms")
    assert {item["resourceName"] for item in items.values()} == {
        f"alias/{key_id}" for key_id in keys
    }
    assert items[key_arn(keys[0])]["tags"] == {"a": "A", "b": "B", "c": "C"}
    for calls in (
        wire.of("ListKeys"),
        wire.of("ListAliases"),
        wire.of("ListResourceTags", KeyId=keys[0]),
    ):
        markers = [call.parameters.get("Marker") for call in calls]
        assert markers == [None, *MARKERS.tokens[:2]]


def test_an_aws_managed_key_is_described_and_marked_and_no_more(hub: Hub, wire: Wire) -> None:
    key_id = plant_key()
    wire.answers("DescribeKey", metadata(key_id, KeyManager="AWS"))
    item = hub.take("kms")[key_arn(key_id)]
    assert item["configuration"] is not None
    assert item["configuration"]["KeyManager"] == "AWS"
    assert (item["tags"], item["unreadable"]) == ({}, {})
    assert wire.operations("kms").isdisjoint(CUSTOMER_ONLY)


@pytest.mark.parametrize(
    "changes",
    [
        {"KeyState": "PendingImport", "Enabled": False, "Origin": "EXTERNAL"},
        {"Origin": "EXTERNAL"},
        {"Origin": "AWS_CLOUDHSM"},
        {"Origin": "EXTERNAL_KEY_STORE"},
        {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"},
        {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"},
    ],
    ids=lambda changes: ",".join(map(str, changes.values())),
)
def test_a_key_that_cannot_rotate_is_not_asked_whether_it_does(
    hub: Hub, wire: Wire, changes: dict[str, Any]
) -> None:
    """AWS KMS Developer Guide, 'Rotate AWS KMS keys'."""
    key_id = plant_key()
    wire.answers("DescribeKey", metadata(key_id, **changes))
    item = hub.take("kms")[key_arn(key_id)]
    assert supplementary(item)["RotationStatus"] is None
    assert supplementary(item)["Policy"] is not None
    assert item["unreadable"] == {}
    assert not wire.of("GetKeyRotationStatus")


@pytest.mark.parametrize(("operation", "unreadable"), OPTIONAL)
def test_what_may_not_be_read_is_named_and_costs_nothing_else(
    hub: Hub, wire: Wire, operation: str, unreadable: set[str]
) -> None:
    key_id = plant_key({"a": "1"})
    client("kms", MEMBER).create_alias(AliasName="alias/a", TargetKeyId=key_id)
    hub.collect("kms", run=run_state(RUNS[0]))
    [whole] = hub.published().values()
    wire.refuses(operation, "AccessDeniedException")
    hub.collect("kms", run=run_state(RUNS[1]))
    [item] = hub.published().values()
    assert item["unreadable"] == dict.fromkeys(unreadable, "AccessDeniedException")
    assert fields(item) == {
        name: None if name in unreadable and "." not in name else value
        for name, value in fields(whole).items()
        if "." not in name or name not in unreadable
    }
    scope = hub.scopes(RUNS[1])[SCOPE]
    assert (scope["outcome"], scope["unreadable"]) == ("COMPLETE", len(unreadable))


@pytest.mark.parametrize(("operation", "unreadable"), OPTIONAL)
def test_what_may_no_longer_be_read_stays_as_it_was_last_known(
    hub: Hub, wire: Wire, operation: str, unreadable: set[str]
) -> None:
    key_id = plant_key({"a": "1"})
    client("kms", MEMBER).create_alias(AliasName="alias/a", TargetKeyId=key_id)
    [whole] = hub.take("kms", run=run_state(RUNS[0])).values()
    wire.refuses(operation, "AccessDeniedException")
    [item] = hub.take("kms", run=run_state(RUNS[1])).values()
    assert item["change"] == "UNCHANGED"
    assert {*item["unreadable"]} == unreadable
    assert fields(item) == fields(whole)


def test_a_key_whose_policy_shuts_the_collector_out_is_listed_all_the_same(
    hub: Hub, wire: Wire
) -> None:
    shut, open_ = plant_key({"a": "1"}), plant_key({"b": "2"})
    for operation in ("DescribeKey", *CUSTOMER_ONLY):
        wire.refuses(operation, "AccessDeniedException", KeyId=shut)
    items = hub.take("kms")
    item = items[key_arn(shut)]
    assert (item["resourceId"], item["configuration"], item["tags"]) == (shut, None, None)
    assert supplementary(item) == {"Aliases": []}
    assert {*item["unreadable"]} == {
        "configuration",
        "tags",
        "supplementaryConfiguration.Policy",
        "supplementaryConfiguration.RotationStatus",
    }
    assert items[key_arn(open_)]["unreadable"] == {}
    assert items[key_arn(open_)]["tags"] == {"b": "2"}
    assert hub.scopes()[SCOPE]["outcome"] == "COMPLETE"


@pytest.mark.parametrize("operation", ["DescribeKey", *sorted(CUSTOMER_ONLY)])
def test_a_key_that_vanishes_before_it_is_read_is_no_item(
    hub: Hub, wire: Wire, operation: str
) -> None:
    gone, here = plant_key(), plant_key()
    wire.refuses(operation, "NotFoundException", KeyId=gone)
    assert {*hub.take("kms")} == {key_arn(here)}
    scope = hub.scopes()[SCOPE]
    assert (scope["outcome"], scope["items"], scope["unreadable"]) == ("COMPLETE", 1, 0)


def test_a_policy_that_is_not_json_is_kept_as_it_stands(hub: Hub, wire: Wire) -> None:
    key_id = plant_key()
    wire.answers("GetKeyPolicy", {"Policy": "not JSON"})
    assert supplementary(hub.take("kms")[key_arn(key_id)])["Policy"] == "not JSON"


def test_the_keys_of_regions_and_accounts_do_not_meet(hub: Hub, wire: Wire) -> None:
    places = [(MEMBER, REGION), (MEMBER, "eu-west-1"), (OTHER_MEMBER, "eu-west-1")]
    keys = [plant_key(account=account, region=region) for account, region in places]
    for account in (MEMBER, OTHER_MEMBER):
        hub.collect("kms", account, run=run_state(regions=[REGION, "eu-west-1"]))
    hub.deliver()
    found = {(item["accountId"], item["awsRegion"]): item["arn"] for item in hub.items().values()}
    assert found == {
        place: key_arn(key_id, *place) for place, key_id in zip(places, keys, strict=True)
    }
    calls: list[Call] = wire.of("DescribeKey")
    assert {(call.account, call.region) for call in calls} == {*places}
