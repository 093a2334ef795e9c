"""Plants one of each of EC2's network types, from security groups to peerings and a VPN."""

import json
from collections.abc import Iterator
from typing import Any

from moto.backends import get_backend

from local.simulation.population.ec2_place import Ec2Place
from local.simulation.population.planted import Planted

ANYWHERE = {"CidrIp": "0.0.0.0/0", "Description": "für alle, nur heute"}
HALVES = [{"CidrIp": "0.0.0.0/1"}, {"CidrIp": "128.0.0.0/1"}]
SSH, RDP = 22, 3389
OFFICE = {"Cidr": "192.0.2.0/24", "Description": "Zürich"}
TUNNEL = {"OutsideIpAddress": "198.51.100.7"}
SHARED_KEY = "a-key-that-both-ends-share"
ENDPOINT_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}],
}


def plant_networks(place: Ec2Place) -> Iterator[Planted]:
    """Create a VPC with one of each resource that it can contain, and connect it to others."""
    ec2 = place.client
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    yield place.planted("VPC", "vpc", vpc, {"CidrBlock": "10.20.0.0/16", "IsDefault": False})
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.20.1.0/24")["Subnet"]["SubnetId"]
    yield place.planted("Subnet", "subnet", subnet, {"VpcId": vpc})
    yield _shared_subnet(place, vpc)
    yield _open_group(place, vpc)
    yield _group_open_by_halves(place, vpc)
    yield plant_prefix_list(place)
    yield _flow_log(place, vpc)
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    yield place.planted("NetworkAcl", "network-acl", acl, {"VpcId": vpc, "IsDefault": False})
    card = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    yield place.planted("NetworkInterface", "network-interface", card, {"SubnetId": subnet})
    yield from _routes(place, vpc, subnet)
    yield _peering(place, vpc)
    yield from _transit(place, vpc, subnet)
    yield _vpn(place)


def _shared_subnet(place: Ec2Place, vpc: str) -> Planted:
    """Create a subnet shared through AWS RAM: the other account lists it too."""
    zone = f"{place.region}a"  # moto treats the first subnet of any other zone as its default
    subnet = place.client.create_subnet(VpcId=vpc, CidrBlock="10.20.2.0/24", AvailabilityZone=zone)[
        "Subnet"
    ]["SubnetId"]
    own, other = (
        get_backend("ec2")[account][place.region] for account in (place.account, place.other)
    )
    other.subnets[zone][subnet] = own.subnets[zone][subnet]
    return place.planted("Subnet", "subnet", subnet, {"OwnerId": place.account})


def _open_group(place: Ec2Place, vpc: str) -> Planted:
    """Create an unused group that opens SSH to the world."""
    ec2 = place.client
    group = ec2.create_security_group(GroupName="bastion", Description="SSH", VpcId=vpc)["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": SSH, "ToPort": SSH, "IpRanges": [ANYWHERE]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    shows = {"IpPermissions.0.FromPort": SSH, "IpPermissions.0.IpRanges": [ANYWHERE]}
    return place.planted("SecurityGroup", "security-group", group, shows, name="bastion")


def _group_open_by_halves(place: Ec2Place, vpc: str) -> Planted:
    """Create a group that opens RDP to the world as two halves, without 0.0.0.0/0."""
    ec2, name = place.client, "remote-desktops"
    group = ec2.create_security_group(GroupName=name, Description="RDP", VpcId=vpc)["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": RDP, "ToPort": RDP, "IpRanges": HALVES}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    shows = {"IpPermissions.0.ToPort": RDP, "IpPermissions.0.IpRanges": HALVES}
    return place.planted("SecurityGroup", "security-group", group, shows, name=name)


def plant_prefix_list(place: Ec2Place) -> Planted:
    """Create a prefix list of an office's addresses, for use in groups and routes."""
    listed = place.client.create_managed_prefix_list(
        PrefixListName="offices", MaxEntries=5, AddressFamily="IPv4", Entries=[OFFICE]
    )["PrefixList"]["PrefixListId"]
    shows = {"supplementaryConfiguration.Entries": [OFFICE]}
    return place.planted("PrefixList", "prefix-list", listed, shows, name="offices")


def _flow_log(place: Ec2Place, vpc: str) -> Planted:
    """Create a flow log without a log group: deliveries fail."""
    log = place.client.create_flow_logs(
        ResourceType="VPC",
        TrafficType="REJECT",
        ResourceIds=[vpc],
        LogGroupName="/vpc/rejected",
        DeliverLogsPermissionArn=f"arn:aws:iam::{place.account}:role/flow-logs",
    )["FlowLogIds"][0]
    shows = {"ResourceId": vpc, "DeliverLogsStatus": "FAILED"}
    return place.planted("FlowLog", "vpc-flow-log", log, shows)


def _routes(place: Ec2Place, vpc: str, subnet: str) -> Iterator[Planted]:
    """Create the gateways of a network, and an unused address."""
    ec2 = place.client
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    attached = {"Attachments.0.VpcId": vpc}
    yield place.planted("InternetGateway", "internet-gateway", gateway, attached)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    routes = {"Associations.0.SubnetId": subnet, "Routes.1.GatewayId": gateway}
    yield place.planted("RouteTable", "route-table", table, routes)
    used, idle = (ec2.allocate_address(Domain="vpc")["AllocationId"] for _ in range(2))
    yield place.planted("EIP", "elastic-ip", idle, {"Domain": "vpc"})
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=used)["NatGateway"]["NatGatewayId"]
    uses = {"NatGatewayAddresses.0.AllocationId": used}
    yield place.planted("NatGateway", "natgateway", nat, uses)
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName=f"com.amazonaws.{place.region}.s3",
        VpcEndpointType="Gateway",
        RouteTableIds=[table],
        PolicyDocument=json.dumps(ENDPOINT_POLICY),
    )["VpcEndpoint"]["VpcEndpointId"]
    allows = {"PolicyDocument": ENDPOINT_POLICY}
    yield place.planted("VPCEndpoint", "vpc-endpoint", endpoint, allows)


def _peering(place: Ec2Place, vpc: str) -> Planted:
    """Create a peering; both sides list it, and it belongs to the requester."""
    theirs = get_backend("ec2")[place.other][place.region].default_vpc.id
    peering = place.client.create_vpc_peering_connection(
        VpcId=vpc, PeerVpcId=theirs, PeerOwnerId=place.other
    )["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    sides = {"RequesterVpcInfo.VpcId": vpc, "AccepterVpcInfo.VpcId": theirs}
    return place.planted("VPCPeeringConnection", "vpc-peering-connection", peering, sides)


def _transit(place: Ec2Place, vpc: str, subnet: str) -> Iterator[Planted]:
    ec2, text = place.client, "Drehscheibe"
    transit = ec2.create_transit_gateway(Description=text)["TransitGateway"]["TransitGatewayId"]
    yield place.planted("TransitGateway", "transit-gateway", transit, {"Description": text})
    joined = ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=transit, VpcId=vpc, SubnetIds=[subnet]
    )["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
    what = ("TransitGatewayAttachment", "transit-gateway-attachment")
    yield place.planted(*what, joined, {"ResourceId": vpc, "TransitGatewayId": transit})


def _vpn(place: Ec2Place) -> Planted:
    """Create a VPN connection; AWS returns its tunnel's key, which must not be stored."""
    ec2 = place.client
    ours = ec2.create_customer_gateway(Type="ipsec.1", PublicIp="192.0.2.1", BgpAsn=65000)
    gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    vpn = ec2.create_vpn_connection(
        Type="ipsec.1",
        CustomerGatewayId=ours["CustomerGateway"]["CustomerGatewayId"],
        VpnGatewayId=gateway,
    )["VpnConnection"]["VpnConnectionId"]
    kept: Any = get_backend("ec2")[place.account][place.region].vpn_connections[vpn]
    kept.options = {"TunnelOptions": [TUNNEL | {"PreSharedKey": SHARED_KEY}]}
    shows = {"VpnGatewayId": gateway, "Options.TunnelOptions": [TUNNEL]}
    return place.planted("VPNConnection", "vpn-connection", vpn, shows)
