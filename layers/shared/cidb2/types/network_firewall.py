"""Network Firewall: firewalls with their logging, and the policies that they apply."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

NETWORK_FIREWALL = ServiceTypes(
    client="network-firewall",
    service="network-firewall",
    types=(
        ResourceType(
            "AWS::NetworkFirewall::Firewall",
            listing=ListingCall("ListFirewalls"),
            id="FirewallArn",
            arn="firewall/{FirewallName}",
            identity="Firewall.FirewallId",
            arn_member="FirewallArn",
            name="FirewallName",
            describe=Call(
                "DescribeFirewall",
                by={"FirewallArn": "FirewallArn"},
                volatile=("FirewallStatus", "UpdateToken"),
            ),
            tags="Firewall.Tags",
            fields={
                "LoggingConfiguration": Call(
                    "DescribeLoggingConfiguration",
                    by={"FirewallArn": "FirewallArn"},
                    take="LoggingConfiguration",
                    may_lack=True,
                )
            },
            relations=(
                "Firewall.FirewallPolicyArn AWS::NetworkFirewall::FirewallPolicy",
                "Firewall.VpcId AWS::EC2::VPC",
                "Firewall.SubnetMappings.SubnetId AWS::EC2::Subnet",
                "Firewall.EncryptionConfiguration.KeyId AWS::KMS::Key",
                "Firewall.TransitGatewayId AWS::EC2::TransitGateway",
            ),
        ),
        ResourceType(
            "AWS::NetworkFirewall::FirewallPolicy",
            listing=ListingCall("ListFirewallPolicies"),
            id="Arn",
            arn="firewall-policy/{Name}",
            identity="FirewallPolicyResponse.FirewallPolicyId",
            arn_member="Arn",
            name="Name",
            describe=Call(
                "DescribeFirewallPolicy",
                by={"FirewallPolicyArn": "Arn"},
                volatile=("FirewallPolicyResponse.NumberOfAssociations", "UpdateToken"),
            ),
            tags="FirewallPolicyResponse.Tags",
            relations=(
                "FirewallPolicyResponse.EncryptionConfiguration.KeyId AWS::KMS::Key",
                (
                    "FirewallPolicy.StatefulRuleGroupReferences.ResourceArn"
                    " AWS::NetworkFirewall::RuleGroup"
                ),
                (
                    "FirewallPolicy.StatelessRuleGroupReferences.ResourceArn"
                    " AWS::NetworkFirewall::RuleGroup"
                ),
            ),
        ),
    ),
    gone=("ResourceNotFoundException",),
)
