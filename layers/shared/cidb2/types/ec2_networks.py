"""EC2: the networks of an account, and what filters, routes and joins them."""

from cidb2.types.declaration import Call, ListingCall, Lookup, ResourceType

NETWORKS = (
    ResourceType(
        "AWS::EC2::SecurityGroup",
        listing=ListingCall("DescribeSecurityGroups", page=25),  # of up to 1,000 rules each
        id="GroupId",
        arn="security-group/{GroupId}",
        name="GroupName",
        owner="OwnerId",
        relations=(
            "VpcId AWS::EC2::VPC",
            "IpPermissions.UserIdGroupPairs.GroupId AWS::EC2::SecurityGroup",
            "IpPermissions.PrefixListIds.PrefixListId AWS::EC2::PrefixList",
            "IpPermissionsEgress.UserIdGroupPairs.GroupId AWS::EC2::SecurityGroup",
            "IpPermissionsEgress.PrefixListIds.PrefixListId AWS::EC2::PrefixList",
        ),
    ),
    ResourceType(
        "AWS::EC2::NetworkInterface",
        listing=ListingCall("DescribeNetworkInterfaces"),
        id="NetworkInterfaceId",
        arn="network-interface/{NetworkInterfaceId}",
        owner="OwnerId",
        volatile=("Attachment.Status",),
        relations=(
            "VpcId AWS::EC2::VPC",
            "SubnetId AWS::EC2::Subnet",
            "Groups.GroupId AWS::EC2::SecurityGroup",
            "Attachment.InstanceId AWS::EC2::Instance attached",
            "Association.AllocationId AWS::EC2::EIP",
        ),
        identifiers=(
            "PrivateIpAddresses.PrivateIpAddress",
            "PrivateIpAddresses.Association.PublicIp",
            "PrivateIpAddresses.Association.PublicDnsName",
            "PrivateDnsName",
            "Ipv6Addresses.Ipv6Address",
        ),
    ),
    ResourceType(
        "AWS::EC2::EIP",
        listing=ListingCall("DescribeAddresses"),
        id="AllocationId",
        arn="elastic-ip/{AllocationId}",
        relations=(
            "InstanceId AWS::EC2::Instance attached",
            "NetworkInterfaceId AWS::EC2::NetworkInterface attached",
        ),
        identifiers=("PublicIp", "CarrierIp"),
    ),
    ResourceType(
        "AWS::EC2::VPC",
        listing=ListingCall("DescribeVpcs"),
        id="VpcId",
        arn="vpc/{VpcId}",
        owner="OwnerId",
        fields={
            # A connection is its requester's, who may be nobody's account here.
            "AcceptedPeerings": Lookup(
                "DescribeVpcPeeringConnections",
                of="VpcId",
                match="AccepterVpcInfo.VpcId",
                volatile=("Status.Message",),
                relations=("VpcPeeringConnectionId AWS::EC2::VPCPeeringConnection attached",),
            )
        },
    ),
    ResourceType(
        "AWS::EC2::Subnet",
        listing=ListingCall("DescribeSubnets"),
        id="SubnetId",
        arn="subnet/{SubnetId}",
        exposed=("MapPublicIpOnLaunch=True",),
        arn_member="SubnetArn",
        owner="OwnerId",
        volatile=("AvailableIpAddressCount",),
        relations=("VpcId AWS::EC2::VPC",),
    ),
    ResourceType(
        "AWS::EC2::RouteTable",
        listing=ListingCall("DescribeRouteTables", page=25),  # of up to 1,000 routes each
        id="RouteTableId",
        arn="route-table/{RouteTableId}",
        owner="OwnerId",
        relations=(
            "VpcId AWS::EC2::VPC",
            "Associations.SubnetId AWS::EC2::Subnet contains",
            "Routes.GatewayId *",
            "Routes.NatGatewayId AWS::EC2::NatGateway",
            "Routes.TransitGatewayId AWS::EC2::TransitGateway",
            "Routes.VpcPeeringConnectionId AWS::EC2::VPCPeeringConnection",
            "Routes.NetworkInterfaceId AWS::EC2::NetworkInterface",
            "Routes.DestinationPrefixListId AWS::EC2::PrefixList",
        ),
    ),
    ResourceType(
        "AWS::EC2::InternetGateway",
        listing=ListingCall("DescribeInternetGateways"),
        id="InternetGatewayId",
        arn="internet-gateway/{InternetGatewayId}",
        owner="OwnerId",
        volatile=("Attachments.State",),
        relations=("Attachments.VpcId AWS::EC2::VPC attached",),
    ),
    ResourceType(
        "AWS::EC2::NatGateway",
        listing=ListingCall("DescribeNatGateways"),
        id="NatGatewayId",
        arn="natgateway/{NatGatewayId}",
        volatile=("NatGatewayAddresses.Status",),
        relations=(
            "VpcId AWS::EC2::VPC",
            "SubnetId AWS::EC2::Subnet",
            "NatGatewayAddresses.AllocationId AWS::EC2::EIP",
            "NatGatewayAddresses.NetworkInterfaceId AWS::EC2::NetworkInterface contains",
        ),
        identifiers=("NatGatewayAddresses.PublicIp", "NatGatewayAddresses.PrivateIp"),
    ),
    ResourceType(
        "AWS::EC2::VPCEndpoint",
        listing=ListingCall("DescribeVpcEndpoints"),
        id="VpcEndpointId",
        arn="vpc-endpoint/{VpcEndpointId}",
        owner="OwnerId",
        documents=("PolicyDocument",),
        relations=(
            "VpcId AWS::EC2::VPC",
            "SubnetIds AWS::EC2::Subnet",
            "Groups.GroupId AWS::EC2::SecurityGroup",
            "RouteTableIds AWS::EC2::RouteTable",
            "NetworkInterfaceIds AWS::EC2::NetworkInterface contains",
        ),
        identifiers=("DnsEntries.DnsName",),
    ),
    ResourceType(
        "AWS::EC2::NetworkAcl",
        listing=ListingCall("DescribeNetworkAcls"),
        id="NetworkAclId",
        arn="network-acl/{NetworkAclId}",
        owner="OwnerId",
        relations=(
            "VpcId AWS::EC2::VPC",
            "Associations.SubnetId AWS::EC2::Subnet attached",
        ),
    ),
    ResourceType(
        "AWS::EC2::FlowLog",
        listing=ListingCall("DescribeFlowLogs"),
        id="FlowLogId",
        arn="vpc-flow-log/{FlowLogId}",
        relations=(
            "ResourceId * attached",
            "LogDestination *",
            "DeliverLogsPermissionArn AWS::IAM::Role",
            "DeliverCrossAccountRole AWS::IAM::Role",
        ),
    ),
    ResourceType(
        "AWS::EC2::VPCPeeringConnection",
        listing=ListingCall("DescribeVpcPeeringConnections"),
        id="VpcPeeringConnectionId",
        arn="vpc-peering-connection/{VpcPeeringConnectionId}",
        owner="RequesterVpcInfo.OwnerId",
        home="RequesterVpcInfo.Region",
        volatile=("Status.Message",),
        relations=(
            "RequesterVpcInfo.VpcId AWS::EC2::VPC associated",
            "AccepterVpcInfo.VpcId AWS::EC2::VPC associated",
        ),
    ),
    ResourceType(
        "AWS::EC2::TransitGateway",
        listing=ListingCall("DescribeTransitGateways"),
        id="TransitGatewayId",
        arn="transit-gateway/{TransitGatewayId}",
        arn_member="TransitGatewayArn",
        owner="OwnerId",
        fields={
            "Attachments": Lookup(
                "DescribeTransitGatewayAttachments",
                of="TransitGatewayId",
                match="TransitGatewayId",
                relations=(
                    "TransitGatewayAttachmentId AWS::EC2::TransitGatewayAttachment attached",
                ),
            )
        },
    ),
    ResourceType(
        "AWS::EC2::TransitGatewayAttachment",
        listing=ListingCall("DescribeTransitGatewayAttachments"),
        id="TransitGatewayAttachmentId",
        arn="transit-gateway-attachment/{TransitGatewayAttachmentId}",
        # Both gateways of a peering have an end of it, each with an association of its own; the
        # owner of a Direct Connect gateway cannot list attachments.
        owner="ResourceOwnerId ResourceType!=peering,direct-connect-gateway",
        relations=(
            "TransitGatewayId AWS::EC2::TransitGateway attached",
            "ResourceId * attached",
        ),
    ),
    ResourceType(
        "AWS::EC2::VPNConnection",
        listing=ListingCall("DescribeVpnConnections"),
        id="VpnConnectionId",
        arn="vpn-connection/{VpnConnectionId}",
        volatile=("VgwTelemetry",),
        relations=(
            "TransitGatewayId AWS::EC2::TransitGateway attached",
            "VpnGatewayId AWS::EC2::VPNGateway attached",
            "CustomerGatewayId AWS::EC2::CustomerGateway",
        ),
    ),
    ResourceType(
        "AWS::EC2::PrefixList",
        listing=ListingCall("DescribeManagedPrefixLists"),
        id="PrefixListId",
        arn="prefix-list/{PrefixListId}",
        arn_member="PrefixListArn",
        name="PrefixListName",
        owner="OwnerId",
        fields={
            "Entries": Call(
                "GetManagedPrefixListEntries", by={"PrefixListId": "PrefixListId"}, take="Entries"
            )
        },
    ),
)
