"""Every declared type of EC2, planted in moto and read over the wire."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from cidb2.items.item import Item
from cidb2.types.catalog import TYPES
from cidb2.types.relations import edges
from tests.support.aws import MEMBER, REGION, client
from tests.support.hub import Hub, run_state
from tests.support.over_the_wire import items_of
from tests.support.wire import Wire

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("hub")]

TAGS = [{"Key": "Name", "Value": "Zürich"}, {"Key": "team", "Value": "payments"}]


def read(name: str) -> dict[str, Item]:
    return items_of("ec2", name)


class Network:
    """What most resources need: a VPC with a subnet."""

    def __init__(self) -> None:
        self.ec2 = client("ec2", MEMBER)
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.0.1.0/24")
        self.subnet = subnet["Subnet"]["SubnetId"]

    def volume(self) -> Any:
        return self.ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=8)["VolumeId"]

    def snapshot(self) -> Any:
        return self.ec2.create_snapshot(VolumeId=self.volume())["SnapshotId"]

    def image(self) -> Any:
        instance = self.instance()
        return self.ec2.create_image(InstanceId=instance, Name="golden")["ImageId"]

    def instance(self) -> Any:
        run = self.ec2.run_instances(
            ImageId="ami-12345678", MinCount=1, MaxCount=1, SubnetId=self.subnet
        )
        return run["Instances"][0]["InstanceId"]

    def transit_gateway(self) -> Any:
        return self.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]

    def attachment(self) -> Any:
        answer = self.ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=self.transit_gateway(), VpcId=self.vpc, SubnetIds=[self.subnet]
        )
        return answer["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]

    def nat_gateway(self) -> Any:
        address = self.address()
        answer = self.ec2.create_nat_gateway(SubnetId=self.subnet, AllocationId=address)
        return answer["NatGateway"]["NatGatewayId"]

    def address(self) -> Any:
        return self.ec2.allocate_address(Domain="vpc")["AllocationId"]

    def endpoint(self) -> Any:
        answer = self.ec2.create_vpc_endpoint(
            VpcId=self.vpc, ServiceName=f"com.amazonaws.{REGION}.s3", VpcEndpointType="Gateway"
        )
        return answer["VpcEndpoint"]["VpcEndpointId"]

    def flow_log(self) -> Any:
        client("s3", MEMBER).create_bucket(Bucket="flow-logs-of-this-test")
        answer = self.ec2.create_flow_logs(
            ResourceType="VPC",
            TrafficType="ALL",
            ResourceIds=[self.vpc],
            LogDestinationType="s3",
            LogDestination="arn:aws:s3:::flow-logs-of-this-test",
        )
        return answer["FlowLogIds"][0]

    def peering(self) -> Any:
        other = self.ec2.create_vpc(CidrBlock="11.0.0.0/16")["Vpc"]["VpcId"]
        answer = self.ec2.create_vpc_peering_connection(VpcId=self.vpc, PeerVpcId=other)
        return answer["VpcPeeringConnection"]["VpcPeeringConnectionId"]

    def vpn_connection(self) -> Any:
        customer = self.ec2.create_customer_gateway(
            Type="ipsec.1", PublicIp="192.0.2.1", BgpAsn=65000
        )["CustomerGateway"]["CustomerGatewayId"]
        gateway = self.ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
        answer = self.ec2.create_vpn_connection(
            Type="ipsec.1", CustomerGatewayId=customer, VpnGatewayId=gateway
        )
        return answer["VpnConnection"]["VpnConnectionId"]

    def launch_template(self) -> Any:
        answer = self.ec2.create_launch_template(
            LaunchTemplateName="web",
            LaunchTemplateData={"ImageId": "ami-12345678", "UserData": "c2VjcmV0"},
        )
        return answer["LaunchTemplate"]["LaunchTemplateId"]

    def prefix_list(self) -> Any:
        answer = self.ec2.create_managed_prefix_list(
            PrefixListName="offices",
            MaxEntries=5,
            AddressFamily="IPv4",
            Entries=[{"Cidr": "192.0.2.0/24", "Description": "Zürich"}],
        )
        return answer["PrefixList"]["PrefixListId"]


PLANTED: dict[str, Callable[[Network], Any]] = {
    "AWS::EC2::Instance": Network.instance,
    "AWS::EC2::SecurityGroup": lambda net: net.ec2.create_security_group(
        GroupName="web", Description="x", VpcId=net.vpc
    )["GroupId"],
    "AWS::EC2::NetworkInterface": lambda net: net.ec2.create_network_interface(SubnetId=net.subnet)[
        "NetworkInterface"
    ]["NetworkInterfaceId"],
    "AWS::EC2::Volume": Network.volume,
    "AWS::EC2::EIP": Network.address,
    "AWS::EC2::Snapshot": Network.snapshot,
    "AWS::EC2::Image": Network.image,
    "AWS::EC2::VPC": lambda net: net.vpc,
    "AWS::EC2::Subnet": lambda net: net.subnet,
    "AWS::EC2::RouteTable": lambda net: net.ec2.create_route_table(VpcId=net.vpc)["RouteTable"][
        "RouteTableId"
    ],
    "AWS::EC2::InternetGateway": lambda net: net.ec2.create_internet_gateway()["InternetGateway"][
        "InternetGatewayId"
    ],
    "AWS::EC2::NatGateway": Network.nat_gateway,
    "AWS::EC2::VPCEndpoint": Network.endpoint,
    "AWS::EC2::NetworkAcl": lambda net: net.ec2.create_network_acl(VpcId=net.vpc)["NetworkAcl"][
        "NetworkAclId"
    ],
    "AWS::EC2::FlowLog": Network.flow_log,
    "AWS::EC2::VPCPeeringConnection": Network.peering,
    "AWS::EC2::TransitGateway": Network.transit_gateway,
    "AWS::EC2::TransitGatewayAttachment": Network.attachment,
    "AWS::EC2::VPNConnection": Network.vpn_connection,
    "AWS::EC2::LaunchTemplate": Network.launch_template,
    "AWS::EC2::KeyPair": lambda net: net.ec2.create_key_pair(KeyName="an odd/key: *")["KeyPairId"],
    "AWS::EC2::PrefixList": Network.prefix_list,
    "AWS::EC2::PlacementGroup": lambda net: net.ec2.create_placement_group(
        GroupName="rack", Strategy="spread"
    )["PlacementGroup"]["GroupId"],
}


def test_every_type_is_planted_but_the_settings_which_are_always_there() -> None:
    assert TYPES["ec2"].keys() - PLANTED == {"AWS::EC2::AccountSettings"}


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_is_read(name: str) -> None:
    network = Network()
    planted = PLANTED[name](network)
    network.ec2.create_tags(Resources=[planted], Tags=TAGS)
    item = read(name)[planted]
    assert item["arn"].split(":")[2:4] == ["ec2", REGION]
    assert (item["configuration"] or {}).keys()
    assert item["unreadable"] == {}
    assert item["tags"] == {"Name": "Zürich", "team": "payments"}


def test_edges_lead_from_one_to_the_other() -> None:
    network = Network()
    instance = network.instance()
    item = read("AWS::EC2::Instance")[instance]
    found = {
        (edge.name, edge.target) for edge in edges(TYPES["ec2"]["AWS::EC2::Instance"].edges, item)
    }
    assert ("Is contained in Vpc", network.vpc) in found
    assert ("Is contained in Subnet", network.subnet) in found


def test_a_collection_lists_each_type_once_in_each_region(hub: Hub, wire: Wire) -> None:
    """Per account and region: one call for each listing, and four more.

    Three are for the settings, and one for the peering connections that VPCs have accepted.
    """
    hub.collect("ec2", run=run_state(regions=[REGION, "eu-west-1"]))
    listed = Counter(call.operation for call in wire.calls if call.service == "ec2")
    settings = {"GetEbsDefaultKmsKeyId", "GetInstanceMetadataDefaults"}
    expected = {each.listing.operation for each in TYPES["ec2"].values()} | settings
    expected |= {"GetSnapshotBlockPublicAccessState"}
    others = {"DescribeRegions": 1, "DescribeVpcPeeringConnections": 4}
    assert listed == dict.fromkeys(expected, 2) | others


def test_settings_that_nobody_changed_are_read_as_such() -> None:
    item = read("AWS::EC2::AccountSettings")[MEMBER]
    assert item["configuration"] == {"EbsEncryptionByDefault": False}
    assert item["supplementaryConfiguration"] == {
        "EbsDefaultKmsKeyId": "alias/aws/ebs",
        "InstanceMetadataDefaults": None,
        "SnapshotBlockPublicAccess": "unblocked",
    }
    assert item["unreadable"] == {}


def test_a_snapshot_that_is_shared_says_with_whom() -> None:
    network = Network()
    shared = network.snapshot()
    for permission in ({"UserIds": ["345678901234"]}, {"GroupNames": ["all"]}):
        network.ec2.modify_snapshot_attribute(
            SnapshotId=shared,
            Attribute="createVolumePermission",
            OperationType="add",
            **permission,
        )
    found = read("AWS::EC2::Snapshot")[shared]
    permissions = found["supplementaryConfiguration"]["CreateVolumePermissions"]
    assert {frozenset(each.items()) for each in permissions} == {
        frozenset({("UserId", "345678901234")}),
        frozenset({("Group", "all")}),
    }


def test_user_data_and_private_keys_are_in_no_item() -> None:
    network = Network()
    template, key = network.launch_template(), PLANTED["AWS::EC2::KeyPair"](network)
    item = read("AWS::EC2::LaunchTemplate")[template]
    assert "c2VjcmV0" not in str(item)
    assert "PRIVATE KEY" not in str(read("AWS::EC2::KeyPair")[key])
