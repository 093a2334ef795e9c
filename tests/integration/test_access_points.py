"""S3 access points, listed region by region by the collector of buckets."""

import json
from typing import Any

import pytest

from tests.support.aws import MEMBER, REGION, client
from tests.support.hub import Hub, run_state
from tests.support.wire import Paging, Wire

pytestmark = pytest.mark.integration

FRANKFURT = "eu-central-1"
TOKENS = Paging(reads="NextToken", writes="NextToken")
RUNS = ("20261124T034830Z-0000000s1", "20261125T034830Z-0000000s1")
DENIED = "AccessDenied"
POLICY = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:GetObject"}]}
BOTH = ("s3", "s3control")


def arn(name: str, region: str = REGION) -> str:
    return f"arn:aws:s3:{region}:{MEMBER}:accesspoint/{name}"


def point(name: str, region: str = REGION) -> dict[str, Any]:
    return {
        "Name": name,
        "NetworkOrigin": "Internet",
        "Bucket": "data",
        "AccessPointArn": arn(name, region),
        "Alias": f"{name}-s3alias",
    }


def page(*names: str, region: str = REGION) -> dict[str, Any]:
    return {"AccessPointList": [point(name, region) for name in names]}


def collect(hub: Hub, run: str = RUNS[0], *regions: str) -> dict[str, Any]:
    """Return the scopes of a run over buckets and access points, whose items are delivered."""
    state = run_state(run, regions=[*regions] or [REGION]) | {"services": [*BOTH]}
    event = {"run": state, "account": {"accountId": MEMBER, "name": ""}, "continuation": None}
    assert hub.invoke("s3_collector", event)["status"] == "DONE"
    assert hub.deliver() == []
    return hub.scopes(run)


def described(wire: Wire, **more: Any) -> None:
    """Have AWS tell all of an access point without policy and tags."""
    wire.answers("GetAccessPoint", point("one") | more)
    wire.refuses("GetAccessPointPolicy", "NoSuchAccessPointPolicy")
    wire.refuses("GetAccessPointPolicyStatus", "NoSuchAccessPointPolicy")
    wire.answers("ListTagsForResource", {}, service="s3control")


def test_an_account_without_access_points_costs_one_call_a_region(hub: Hub, wire: Wire) -> None:
    scopes = collect(hub, RUNS[0], REGION, FRANKFURT)
    assert {name: row["outcome"] for name, row in scopes.items()} == {
        f"{MEMBER}/s3/global": "COMPLETE",
        f"{MEMBER}/s3control/{REGION}": "COMPLETE",
        f"{MEMBER}/s3control/{FRANKFURT}": "COMPLETE",
    }
    assert wire.operations("s3control") == {"ListAccessPoints"}
    calls = wire.of("ListAccessPoints")
    assert sorted(call.region for call in calls) == sorted([REGION, FRANKFURT])
    for call in calls:
        assert call.parameters == {"AccountId": MEMBER, "MaxResults": 1_000}


def test_all_of_an_access_point_is_read_in_its_region(hub: Hub, wire: Wire) -> None:
    where = arn("one", FRANKFURT)
    wire.answers("ListAccessPoints", page("one", region=FRANKFURT), region=FRANKFURT)
    block = {"RestrictPublicBuckets": False}
    described = point("one", FRANKFURT) | {"PublicAccessBlockConfiguration": block}
    wire.answers("GetAccessPoint", described)
    wire.answers("GetAccessPointPolicy", {"Policy": json.dumps(POLICY)})
    wire.answers("GetAccessPointPolicyStatus", {"PolicyStatus": {"IsPublic": True}})
    tags = {"Tags": [{"Key": "Besitzer", "Value": "Łukasz"}]}
    wire.answers("ListTagsForResource", tags, service="s3control")
    scopes = collect(hub, RUNS[0], FRANKFURT)
    item = hub.items()[where]
    assert (item["resourceType"], item["resourceId"], item["awsRegion"]) == (
        *("AWS::S3::AccessPoint", "one"),
        FRANKFURT,
    )
    assert item["configuration"] == described
    assert item["supplementaryConfiguration"] == {
        "Policy": POLICY,
        "PolicyStatus": {"IsPublic": True},
    }
    assert item["tags"] == {"Besitzer": "Łukasz"}
    found = scopes[f"{MEMBER}/s3control/{FRANKFURT}"]["findings"]
    assert found["PUBLIC_RESOURCE_POLICY"]["arns"] == [where]
    [asked] = wire.of("ListTagsForResource")
    assert asked.parameters == {"AccountId": MEMBER, "ResourceArn": where}
    [asked] = wire.of("GetAccessPointPolicy")
    assert (asked.region, asked.parameters) == (FRANKFURT, {"AccountId": MEMBER, "Name": "one"})


def test_no_policy_and_no_tags_are_not_configured_and_a_denial_is_unreadable(
    hub: Hub, wire: Wire
) -> None:
    wire.answers("ListAccessPoints", page("one"))
    described(wire)
    collect(hub)
    item = hub.items()[arn("one")]
    assert item["supplementaryConfiguration"] == {"Policy": None, "PolicyStatus": None}
    assert (item["tags"], item["unreadable"]) == ({}, {})
    wire.refuses("GetAccessPointPolicy", DENIED)
    scopes = collect(hub, RUNS[1])
    field = "supplementaryConfiguration.Policy"
    assert hub.items()[arn("one")]["unreadable"] == {field: DENIED}
    row = scopes[f"{MEMBER}/s3control/{REGION}"]
    assert (row["outcome"], row["findings"]["PUBLIC_RESOURCE_POLICY"]) == (
        "COMPLETE",
        {"count": 0, "unknown": 1},
    )


def test_a_region_that_refuses_its_access_points_keeps_them_and_deletes_buckets(
    hub: Hub, wire: Wire
) -> None:
    client("s3", MEMBER).create_bucket(Bucket="data")
    wire.answers("ListAccessPoints", page("one"))
    described(wire)
    collect(hub)
    client("s3", MEMBER).delete_bucket(Bucket="data")
    wire.refuses("ListAccessPoints", DENIED)
    scopes = collect(hub, RUNS[1])
    refused, buckets = (scopes[f"{MEMBER}/{name}"] for name in (f"s3control/{REGION}", "s3/global"))
    assert (refused["outcome"], refused["reason"]) == ("FAILED", "ACCESS_DENIED")
    assert (buckets["outcome"], buckets["deleted"]) == ("COMPLETE", 1)
    statuses = {name: item["configurationItemStatus"] for name, item in hub.items().items()}
    assert statuses == {arn("one"): "ResourceDiscovered", "arn:aws:s3:::data": "ResourceDeleted"}


def test_all_pages_are_read(hub: Hub, wire: Wire) -> None:
    wire.pages("ListAccessPoints", [page("one"), page("two"), page("three")], TOKENS)
    described(wire)
    scopes = collect(hub)
    assert scopes[f"{MEMBER}/s3control/{REGION}"]["items"] == 3
    assert {*hub.items()} == {arn("one"), arn("two"), arn("three")}


def test_an_access_point_that_is_gone_by_the_time_it_is_read_is_no_item(
    hub: Hub, wire: Wire
) -> None:
    wire.answers("ListAccessPoints", page("one"))
    described(wire)
    wire.refuses("GetAccessPoint", "NoSuchAccessPoint")
    scopes = collect(hub)
    row = scopes[f"{MEMBER}/s3control/{REGION}"]
    assert (row["outcome"], row["items"], {*hub.items()}) == ("COMPLETE", 0, set())
