"""What two accounts list is one row, its owner's, whatever order their runs come in."""

from collections.abc import Callable
from typing import Any, cast

import pytest
from moto.backends import get_backend

from cidb2.types.catalog import TYPES
from cidb2.types.relations import edges
from tests.support.aws import MEMBER, OTHER_MEMBER, REGION, client
from tests.support.hub import Hub, run_state

pytestmark = pytest.mark.integration

RUNS = ("20261124T034830Z-0000000s1", "20261125T034830Z-0000000s1")
ORDERS = [(MEMBER, OTHER_MEMBER), (OTHER_MEMBER, MEMBER)]
Planter = Callable[[], tuple[str, str, str]]
"""Creates something of MEMBER's that OTHER_MEMBER lists too; returns its service, type and id."""


def backend(service: str, account: str) -> Any:
    return cast("Any", get_backend)(service)[account][REGION]


def a_shared_subnet() -> tuple[str, str, str]:
    subnet = client("ec2", MEMBER).describe_subnets()["Subnets"][0]
    zone, own_id = subnet["AvailabilityZone"], subnet["SubnetId"]
    own, other = (backend("ec2", account) for account in (MEMBER, OTHER_MEMBER))
    other.subnets[zone][own_id] = own.subnets[zone][own_id]
    other.vpcs[subnet["VpcId"]] = own.vpcs[subnet["VpcId"]]
    return "ec2", "AWS::EC2::Subnet", own_id


def a_peering() -> tuple[str, str, str]:
    ours, theirs = (backend("ec2", one).default_vpc.id for one in (MEMBER, OTHER_MEMBER))
    answer = client("ec2", MEMBER).create_vpc_peering_connection(
        VpcId=ours, PeerVpcId=theirs, PeerOwnerId=OTHER_MEMBER
    )
    own_id = answer["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    return "ec2", "AWS::EC2::VPCPeeringConnection", own_id


def an_attachment() -> tuple[str, str, str]:
    """Attach a VPC to the transit gateway of the other account, which lists the attachment."""
    gateway = client("ec2", OTHER_MEMBER).create_transit_gateway()["TransitGateway"]
    own, other = (backend("ec2", account) for account in (MEMBER, OTHER_MEMBER))
    own_id = gateway["TransitGatewayId"]
    own.transit_gateways[own_id] = other.transit_gateways[own_id]
    own.transit_gateways_route_tables |= other.transit_gateways_route_tables
    attached = client("ec2", MEMBER).create_transit_gateway_vpc_attachment(
        TransitGatewayId=own_id, VpcId=own.default_vpc.id, SubnetIds=[]
    )["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
    other.transit_gateway_attachments[attached] = own.transit_gateway_attachments[attached]
    return "ec2", "AWS::EC2::TransitGatewayAttachment", attached


def a_shared_image() -> tuple[str, str, str]:
    ec2 = client("ec2", MEMBER)
    ran = ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1)
    instance = ran["Instances"][0]["InstanceId"]
    image = ec2.create_image(InstanceId=instance, Name="golden")["ImageId"]
    user = [{"UserId": OTHER_MEMBER}]
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": user})
    return "ec2", "AWS::EC2::Image", image


def a_shared_snapshot() -> tuple[str, str, str]:
    ec2 = client("ec2", MEMBER)
    volume = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=8)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    ec2.modify_snapshot_attribute(
        SnapshotId=snapshot,
        Attribute="createVolumePermission",
        OperationType="add",
        UserIds=[OTHER_MEMBER],
    )
    own, other = (backend("ec2", account) for account in (MEMBER, OTHER_MEMBER))
    other.snapshots[snapshot] = own.snapshots[snapshot]
    return "ec2", "AWS::EC2::Snapshot", snapshot


def a_trail_of_the_organisation() -> tuple[str, str, str]:
    client("s3", MEMBER).create_bucket(Bucket="trails")
    client("cloudtrail", MEMBER).create_trail(
        Name="everybody", S3BucketName="trails", IsOrganizationTrail=True
    )
    own, other = (backend("cloudtrail", account) for account in (MEMBER, OTHER_MEMBER))
    other.trails["everybody"] = own.trails["everybody"]
    return "cloudtrail", "AWS::CloudTrail::Trail", "everybody"


PLANTERS = (
    a_shared_subnet,
    a_peering,
    an_attachment,
    a_shared_image,
    a_shared_snapshot,
    a_trail_of_the_organisation,
)


def take(hub: Hub, service: str, account: str, run_id: str) -> None:
    hub.take(service, account, run=run_state(run_id, services=[service]))


@pytest.fixture(autouse=True)
def networks(hub: Hub) -> None:
    """Have the default network of each account ready, as AWS has."""
    for account in (MEMBER, OTHER_MEMBER):
        client("ec2", account).describe_vpcs()


@pytest.mark.parametrize("order", ORDERS, ids=["owner first", "owner last"])
@pytest.mark.parametrize("plant", PLANTERS, ids=lambda plant: plant.__name__)
def test_it_is_one_row_of_its_owner_in_every_run(
    hub: Hub, plant: Planter, order: tuple[str, str]
) -> None:
    service, kind, own_id = plant()
    for run_id in RUNS:
        for account in order:
            take(hub, service, account, run_id)
        rows = [one for one in hub.items().values() if one["resourceId"] == own_id]
        assert [(one["resourceType"], one["accountId"]) for one in rows] == [(kind, MEMBER)]
        assert rows[0]["configurationItemStatus"] != "ResourceDeleted"


@pytest.mark.parametrize("order", ORDERS, ids=["owner first", "owner last"])
@pytest.mark.parametrize("plant", PLANTERS, ids=lambda plant: plant.__name__)
def test_if_the_other_account_no_longer_lists_it_the_row_stays(
    hub: Hub, plant: Planter, order: tuple[str, str]
) -> None:
    service, _, own_id = plant()
    for account in order:
        take(hub, service, account, RUNS[0])
    unshare(own_id)
    for account in order:
        take(hub, service, account, RUNS[1])
    [row] = [one for one in hub.items().values() if one["resourceId"] == own_id]
    assert row["configurationItemStatus"] != "ResourceDeleted"


def unshare(own_id: str) -> None:
    """Take what is MEMBER's out of what OTHER_MEMBER lists."""
    ec2 = backend("ec2", OTHER_MEMBER)
    for zone in ec2.subnets.values():
        zone.pop(own_id, None)
    for listed in (
        *(ec2.vpc_pcxs, ec2.transit_gateway_attachments, ec2.snapshots),
        backend("cloudtrail", OTHER_MEMBER).trails,
    ):
        listed.pop(own_id, None)


def related(hub: Hub, kind: str, account: str) -> set[str]:
    """Return what the resources of a type in an account are related to."""
    declared = TYPES["ec2"][kind]
    items = [one for one in hub.items().values() if one["resourceType"] == kind]
    return {
        edge.target
        for item in items
        if item["accountId"] == account
        for edge in edges(declared.edges, item)
    }


def test_the_other_side_of_a_peering_keeps_a_relation(hub: Hub) -> None:
    _, kind, own_id = a_peering()
    take(hub, "ec2", OTHER_MEMBER, RUNS[0])
    assert own_id in related(hub, "AWS::EC2::VPC", OTHER_MEMBER)
    take(hub, "ec2", MEMBER, RUNS[0])
    assert own_id not in related(hub, "AWS::EC2::VPC", MEMBER)
    theirs = backend("ec2", OTHER_MEMBER).default_vpc.id
    assert theirs in related(hub, kind, MEMBER)


def test_the_owner_of_a_transit_gateway_keeps_a_relation_to_what_others_attach(hub: Hub) -> None:
    _, kind, own_id = an_attachment()
    take(hub, "ec2", OTHER_MEMBER, RUNS[0])
    assert own_id in related(hub, "AWS::EC2::TransitGateway", OTHER_MEMBER)
    take(hub, "ec2", MEMBER, RUNS[0])
    [gateway] = client("ec2", OTHER_MEMBER).describe_transit_gateways()["TransitGateways"]
    assert gateway["TransitGatewayId"] in related(hub, kind, MEMBER)


def test_who_works_in_a_shared_subnet_keeps_a_relation_to_it(hub: Hub) -> None:
    _, _, own_id = a_shared_subnet()
    client("ec2", OTHER_MEMBER).create_network_interface(SubnetId=own_id)
    take(hub, "ec2", OTHER_MEMBER, RUNS[0])
    assert own_id in related(hub, "AWS::EC2::NetworkInterface", OTHER_MEMBER)


def test_who_uses_a_shared_image_and_snapshot_keeps_a_relation_to_them(hub: Hub) -> None:
    _, _, image = a_shared_image()
    _, _, snapshot = a_shared_snapshot()
    ec2 = client("ec2", OTHER_MEMBER)
    ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)
    ec2.create_volume(AvailabilityZone=f"{REGION}a", SnapshotId=snapshot)
    take(hub, "ec2", OTHER_MEMBER, RUNS[0])
    assert image in related(hub, "AWS::EC2::Instance", OTHER_MEMBER)
    assert snapshot in related(hub, "AWS::EC2::Volume", OTHER_MEMBER)
