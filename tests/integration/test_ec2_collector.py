"""Instances, as DescribeInstances gives them, from one operation."""

from typing import Any

import pytest

from tests.support.aws import MEMBER, OTHER_MEMBER, REGION, client
from tests.support.hub import Hub, run_state
from tests.support.wire import Paging, Wire

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("one_listing_each")]

TOKENS = Paging(reads="NextToken", writes="NextToken")
SCOPE = f"{MEMBER}/ec2/{REGION}"
MANY_TAGS = {f"schlüssel-{number}": f"価値 {number}" for number in range(49)} | {"Name": "Zürich"}


def plant_instances(
    tags: dict[str, str] | None = None,
    count: int = 1,
    account: str = MEMBER,
    region: str = REGION,
    **options: Any,
) -> list[str]:
    """Start instances in a reservation of their own and return their ids."""
    listed = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
    specification = [{"ResourceType": "instance", "Tags": listed}] if listed else []
    answer = client("ec2", account, region).run_instances(
        ImageId="ami-12345678",
        MinCount=count,
        MaxCount=count,
        TagSpecifications=specification,
        **options,
    )
    return [instance["InstanceId"] for instance in answer["Instances"]]


def instance_arn(instance_id: str, account: str = MEMBER, region: str = REGION) -> str:
    return f"arn:aws:ec2:{region}:{account}:instance/{instance_id}"


def reservation(*instance_ids: str) -> dict[str, Any]:
    instances = [{"InstanceId": instance_id} for instance_id in instance_ids]
    return {"ReservationId": "r-1", "OwnerId": MEMBER, "Instances": instances}


def test_an_instance_is_read_with_all_its_fields(hub: Hub) -> None:
    [instance_id] = plant_instances(MANY_TAGS, UserData="a secret")
    described = client("ec2", MEMBER).describe_instances(InstanceIds=[instance_id])
    [reserved] = described["Reservations"]
    item = hub.take("ec2")[instance_arn(instance_id)]
    configuration = item["configuration"]
    assert configuration is not None
    assert configuration.keys() == reserved["Instances"][0].keys()
    assert configuration["State"] == {"Code": 16, "Name": "running"}
    assert configuration["LaunchTime"].endswith("Z")
    assert item["resourceType"] == "AWS::EC2::Instance"
    assert (item["resourceId"], item["resourceName"]) == (instance_id, "Zürich")
    assert (item["accountId"], item["awsRegion"], item["scope"]) == (MEMBER, REGION, SCOPE)
    assert (item["tags"], item["unreadable"]) == (MANY_TAGS, {})
    assert item["supplementaryConfiguration"] == {
        "ReservationId": reserved["ReservationId"],
        "RequesterId": None,
        "OwnerId": MEMBER,
    }
    assert "a secret" not in str(item)


def test_an_instance_without_tags_has_no_name_and_no_tags(hub: Hub) -> None:
    [instance_id] = plant_instances()
    item = hub.take("ec2")[instance_arn(instance_id)]
    assert (item["resourceName"], item["tags"]) == (None, {})


def test_aws_is_asked_page_by_page_and_never_for_user_data(hub: Hub, wire: Wire) -> None:
    plant_instances(count=2, UserData="a secret")
    hub.collect("ec2")
    assert [call.parameters for call in wire.of("DescribeInstances")] == [{"MaxResults": 40}]
    assert [call.parameters for call in wire.of("DescribeRegions")] == [{"AllRegions": True}]
    assert wire.operations("ec2") == {"DescribeInstances", "DescribeRegions"}


def test_stopped_and_terminated_instances_are_listed_with_their_state(hub: Hub) -> None:
    stopped, terminated = plant_instances(count=2)
    ec2 = client("ec2", MEMBER)
    ec2.stop_instances(InstanceIds=[stopped])
    ec2.terminate_instances(InstanceIds=[terminated])
    states = {
        item["resourceId"]: (item["configuration"] or {})["State"]["Name"]
        for item in hub.take("ec2").values()
    }
    assert states == {stopped: "stopped", terminated: "terminated"}


def test_every_page_is_read_even_past_an_empty_one(hub: Hub, wire: Wire) -> None:
    """EC2 may answer with a token and no instances (API Reference, 'Query requests')."""
    pages = [[reservation("i-1", "i-2")], [], [reservation("i-3")], [reservation("i-4")]]
    wire.pages("DescribeInstances", [{"Reservations": each} for each in pages], TOKENS)
    assert {*hub.take("ec2")} == {instance_arn(f"i-{number}") for number in range(1, 5)}
    tokens = [call.parameters.get("NextToken") for call in wire.of("DescribeInstances")]
    assert tokens == [None, *TOKENS.tokens]


def test_the_instances_of_regions_and_accounts_do_not_meet(hub: Hub, wire: Wire) -> None:
    places = [(MEMBER, REGION), (MEMBER, "eu-west-1"), (OTHER_MEMBER, "eu-west-1")]
    planted = [plant_instances(account=account, region=region) for account, region in places]
    for account in (MEMBER, OTHER_MEMBER):
        hub.collect("ec2", account, run=run_state(regions=[REGION, "eu-west-1"]))
    hub.deliver()
    assert {*hub.items()} == {
        instance_arn(instance_id, *place)
        for place, [instance_id] in zip(places, planted, strict=True)
    }
    calls = wire.of("DescribeInstances")
    assert {(call.account, call.region) for call in calls} >= {*places}


def test_an_arn_names_the_account_of_its_scope_whatever_the_reservation_says(
    hub: Hub, wire: Wire
) -> None:
    shared = reservation("i-1") | {"OwnerId": OTHER_MEMBER}
    wire.answers("DescribeInstances", {"Reservations": [shared]})
    [item] = hub.take("ec2").values()
    assert item["arn"] == instance_arn("i-1")
    assert item["supplementaryConfiguration"]["OwnerId"] == OTHER_MEMBER
