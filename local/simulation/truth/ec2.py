"""EC2's resources, read through its API."""

from collections.abc import Iterator
from typing import Any

from botocore import xform_name
from moto.backends import get_backend

from local.simulation.truth.item import Client, Item, item, plain, tag_map
from local.simulation.truth.kinds import Entry, Kind, read_kinds, without

OWN_SNAPSHOTS = {"OwnerIds": ["self"]}
OWN_IMAGES = {"Owners": ["self"]}


def read(client: Client, account: str, region: str) -> Iterator[Item]:
    backend = get_backend("ec2")[account][region]
    if standing := len(backend.all_instances()):
        yield from _instances(client, account, region, standing)
    yield from read_kinds(KINDS, "ec2", backend, client)
    yield _settings(backend)


def _instances(client: Client, account: str, region: str, standing: int) -> Iterator[Item]:
    pages = client("ec2", account=account, region=region).get_paginator("describe_instances")
    reservations = [r for page in pages.paginate() for r in page["Reservations"]]
    described = [(r, instance) for r in reservations for instance in r["Instances"]]
    if len(described) != standing:
        raise RuntimeError(f"{account} {region}: {standing} instances, {len(described)} described")
    for reservation, instance in described:
        tags = tag_map(instance.get("Tags", []))
        own_id = instance["InstanceId"]
        yield item(
            "AWS::EC2::Instance",
            account,
            region,
            (f"arn:aws:ec2:{region}:{account}:instance/{own_id}", own_id, tags.get("Name")),
            configuration=instance,
            supplementaryConfiguration={
                name: reservation.get(name) for name in ("ReservationId", "OwnerId", "RequesterId")
            },
            tags=tags,
        )


def _settings(backend: Any) -> Item:
    """Return the account's EC2 defaults, which form one resource."""
    account, region, settings = backend.account_id, backend.region_name, backend.settings
    return item(
        "AWS::EC2::AccountSettings",
        account,
        region,
        (f"arn:aws:ec2:{region}:{account}:account-settings/{account}", account, None),
        configuration={"EbsEncryptionByDefault": backend.ebs_encryption_by_default},
        supplementaryConfiguration={
            "EbsDefaultKmsKeyId": settings.get("KmsKeyId", "alias/aws/ebs"),
            "InstanceMetadataDefaults": settings.get("AccountLevel"),
            "SnapshotBlockPublicAccess": settings.get("State", "unblocked"),
        },
        tags={},
    )


def _accepted(ec2: Any, entry: Entry) -> dict[str, Any]:
    """Return the peering connections that a VPC has accepted, None if there is none."""
    if not get_backend("ec2")[entry["OwnerId"]][ec2.meta.region_name].vpc_pcxs:
        return {"AcceptedPeerings": None}
    connections = ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]
    of_vpc = [one for one in connections if one["AccepterVpcInfo"]["VpcId"] == entry["VpcId"]]
    return {"AcceptedPeerings": plain(of_vpc) or None}


def _attached(ec2: Any, entry: Entry) -> dict[str, Any]:
    """Return the attachments of a transit gateway, None if there is none."""
    attachments = ec2.describe_transit_gateway_attachments()["TransitGatewayAttachments"]
    own = entry["TransitGatewayId"]
    of_gateway = [one for one in attachments if one["TransitGatewayId"] == own]
    return {"Attachments": plain(of_gateway) or None}


def _snapshot(ec2: Any, entry: Entry) -> dict[str, Any]:
    permissions = ec2.describe_snapshot_attribute(
        SnapshotId=entry["SnapshotId"], Attribute="createVolumePermission"
    )["CreateVolumePermissions"]
    return {
        "IsPublic": {"Group": "all"} in permissions,
        "CreateVolumePermissions": permissions,
    }


def _image(ec2: Any, entry: Entry) -> dict[str, Any]:
    response = ec2.describe_image_attribute(ImageId=entry["ImageId"], Attribute="launchPermission")
    return {"LaunchPermissions": response["LaunchPermissions"]}


def _template(ec2: Any, entry: Entry) -> dict[str, Any]:
    versions = ec2.describe_launch_template_versions(
        LaunchTemplateId=entry["LaunchTemplateId"], Versions=["$Default", "$Latest"]
    )["LaunchTemplateVersions"]
    return {"Versions": plain(without(versions, ["UserData"]))}


def _prefix_list(ec2: Any, entry: Entry) -> dict[str, Any]:
    response = ec2.get_managed_prefix_list_entries(PrefixListId=entry["PrefixListId"])
    return {"Entries": response["Entries"]}


def _kind(kind: str, answer: str, own_id: str, arn: str, **more: Any) -> Kind:
    """Return an EC2 kind; its operation and ARN are derived from the member and the id."""
    more = {"method": f"describe_{xform_name(answer)}"} | more
    head = "" if arn.startswith("arn:") else "arn:aws:ec2:{region}:{account}:"
    tail = "" if "/" in arn else f"/{{{own_id}}}"
    return Kind(f"AWS::EC2::{kind}", answer=answer, id=own_id, arn=f"{head}{arn}{tail}", **more)


KINDS = (
    _kind("Volume", "Volumes", "VolumeId", "volume", stored="volumes"),
    _kind(
        "Snapshot",
        "Snapshots",
        "SnapshotId",
        "arn:aws:ec2:{region}::snapshot",
        stored="snapshots",
        arguments=OWN_SNAPSHOTS,
        extras=_snapshot,
    ),
    _kind(
        "Image",
        "Images",
        "ImageId",
        "arn:aws:ec2:{region}::image",
        stored="amis",
        arguments=OWN_IMAGES,
        name="Name",
        extras=_image,
    ),
    _kind(
        "LaunchTemplate",
        "LaunchTemplates",
        "LaunchTemplateId",
        "launch-template",
        stored="launch_templates",
        name="LaunchTemplateName",
        extras=_template,
    ),
    _kind(
        "KeyPair", "KeyPairs", "KeyPairId", "key-pair/{KeyName}", stored="key_pairs", name="KeyName"
    ),
    _kind(
        "PlacementGroup",
        "PlacementGroups",
        "GroupId",
        "placement-group/{GroupName}",
        stored="placement_groups",
        name="GroupName",
    ),
    _kind(
        "SecurityGroup",
        "SecurityGroups",
        "GroupId",
        "security-group",
        name="GroupName",
        owner="OwnerId",
    ),
    _kind(
        "NetworkInterface",
        "NetworkInterfaces",
        "NetworkInterfaceId",
        "network-interface",
        stored="enis",
        owner="OwnerId",
        tags="TagSet",
    ),
    _kind("EIP", "Addresses", "AllocationId", "elastic-ip", stored="addresses"),
    _kind("VPC", "Vpcs", "VpcId", "vpc", owner="OwnerId", extras=_accepted),
    _kind("Subnet", "Subnets", "SubnetId", "subnet", owner="OwnerId"),
    _kind("RouteTable", "RouteTables", "RouteTableId", "route-table", owner="OwnerId"),
    _kind(
        "InternetGateway",
        "InternetGateways",
        "InternetGatewayId",
        "internet-gateway",
        stored="internet_gateways",
        owner="OwnerId",
    ),
    _kind("NatGateway", "NatGateways", "NatGatewayId", "natgateway", stored="nat_gateways"),
    _kind(
        "VPCEndpoint",
        "VpcEndpoints",
        "VpcEndpointId",
        "vpc-endpoint",
        stored="vpc_end_points",
        owner="OwnerId",
        documents=("PolicyDocument",),
    ),
    _kind("NetworkAcl", "NetworkAcls", "NetworkAclId", "network-acl", owner="OwnerId"),
    _kind("FlowLog", "FlowLogs", "FlowLogId", "vpc-flow-log", stored="flow_logs"),
    _kind(
        "VPCPeeringConnection",
        "VpcPeeringConnections",
        "VpcPeeringConnectionId",
        "vpc-peering-connection",
        stored="vpc_pcxs",
        owner="RequesterVpcInfo.OwnerId",
    ),
    _kind(
        "TransitGateway",
        "TransitGateways",
        "TransitGatewayId",
        "transit-gateway",
        stored="transit_gateways",
        owner="OwnerId",
        extras=_attached,
    ),
    _kind(
        "TransitGatewayAttachment",
        "TransitGatewayAttachments",
        "TransitGatewayAttachmentId",
        "transit-gateway-attachment",
        stored="transit_gateway_attachments",
        owner="ResourceOwnerId",
    ),
    _kind(
        "VPNConnection",
        "VpnConnections",
        "VpnConnectionId",
        "vpn-connection",
        stored="vpn_connections",
        secrets=("CustomerGatewayConfiguration", "PreSharedKey"),
    ),
    _kind(
        "PrefixList",
        "PrefixLists",
        "PrefixListId",
        "prefix-list",
        stored="managed_prefix_lists",
        method="describe_managed_prefix_lists",
        name="PrefixListName",
        owner="OwnerId",
        extras=_prefix_list,
    ),
)
"""All types except instances and settings."""
