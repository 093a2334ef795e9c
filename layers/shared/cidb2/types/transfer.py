"""Transfer Family: servers, with their endpoints and security policies."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

TRANSFER = ServiceTypes(
    client="transfer",
    service="transfer",
    types=(
        ResourceType(
            "AWS::Transfer::Server",
            listing=ListingCall("ListServers"),
            id="ServerId",
            arn="server/{ServerId}",
            arn_member="Arn",
            describe=Call(
                "DescribeServer",
                by={"ServerId": "ServerId"},
                take="Server",
                volatile=("UserCount",),
            ),
            relations=(
                "Certificate AWS::CertificateManager::Certificate",
                "LoggingRole AWS::IAM::Role",
                "EndpointDetails.AddressAllocationIds AWS::EC2::EIP",
                "EndpointDetails.SecurityGroupIds AWS::EC2::SecurityGroup",
                "EndpointDetails.SubnetIds AWS::EC2::Subnet",
                "EndpointDetails.VpcEndpointId AWS::EC2::VPCEndpoint",
                "EndpointDetails.VpcId AWS::EC2::VPC",
                "IdentityProviderDetails.Function AWS::Lambda::Function",
            ),
        ),
    ),
    gone=("ResourceNotFoundException",),
)
