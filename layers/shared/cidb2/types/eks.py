"""EKS: clusters, and what each of them has: nodes, add-ons, and who may do what in it."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

_CLUSTER = "AWS::EKS::Cluster"


def _part(
    kind: str, member: str, relations: tuple[str, ...], secret: tuple[str, ...] = ()
) -> ResourceType:
    """Return a type that each cluster lists by name, and that its cluster and name describe."""
    return ResourceType(
        f"AWS::EKS::{kind}",
        listing=ListingCall(f"List{kind}s", parent=_CLUSTER, by={"clusterName": "@"}),
        id="@",
        arn=f"{kind.lower()}/*/{{@}}/*",
        arn_member=f"$described.{member}Arn",
        name="@",
        describe=Call(
            f"Describe{kind}",
            by={"clusterName": "$parent.@", f"{member}Name": "@"},
            take=member,
            volatile=("health",),
            secret=secret,
        ),
        relations=("clusterName AWS::EKS::Cluster contained", *relations),
    )


EKS = ServiceTypes(
    client="eks",
    service="eks",
    types=(
        ResourceType(
            _CLUSTER,
            # `all` includes clusters that run elsewhere and are only connected.
            listing=ListingCall("ListClusters", arguments={"include": ["all"]}),
            id="@",
            arn="cluster/{@}",
            name="@",
            exposed=("resourcesVpcConfig.endpointPublicAccess=True",),
            describe=Call(
                "DescribeCluster",
                by={"name": "@"},
                take="cluster",
                volatile=("health",),
                secret=("connectorConfig.activationCode",),
            ),
            relations=(
                "resourcesVpcConfig.vpcId AWS::EC2::VPC",
                "resourcesVpcConfig.subnetIds AWS::EC2::Subnet",
                "resourcesVpcConfig.securityGroupIds AWS::EC2::SecurityGroup",
                "resourcesVpcConfig.clusterSecurityGroupId AWS::EC2::SecurityGroup",
                "roleArn AWS::IAM::Role",
                "encryptionConfig.provider.keyArn AWS::KMS::Key",
            ),
        ),
        _part(
            "Nodegroup",
            "nodegroup",
            relations=(
                "subnets AWS::EC2::Subnet",
                "nodeRole AWS::IAM::Role",
                "launchTemplate.id AWS::EC2::LaunchTemplate",
                "resources.autoScalingGroups.name AWS::AutoScaling::AutoScalingGroup contains",
                "remoteAccess.ec2SshKey AWS::EC2::KeyPair",
            ),
        ),
        _part(
            "FargateProfile",
            "fargateProfile",
            relations=("subnets AWS::EC2::Subnet", "podExecutionRoleArn AWS::IAM::Role"),
        ),
        _part(
            "Addon",
            "addon",
            secret=("configurationValues",),  # any text
            relations=(
                "serviceAccountRoleArn AWS::IAM::Role",
                "podIdentityAssociations AWS::EKS::PodIdentityAssociation",
            ),
        ),
        ResourceType(
            "AWS::EKS::AccessEntry",
            listing=ListingCall("ListAccessEntries", parent=_CLUSTER, by={"clusterName": "@"}),
            id="$described.accessEntryArn",
            arn="access-entry/{$parent.@}/**",
            arn_member="$described.accessEntryArn",
            name="@",
            describe=Call(
                "DescribeAccessEntry",
                by={"clusterName": "$parent.@", "principalArn": "@"},
                take="accessEntry",
            ),
            fields={
                "AccessPolicies": Call(
                    "ListAssociatedAccessPolicies",
                    by={"clusterName": "$parent.@", "principalArn": "@"},
                    take="associatedAccessPolicies",
                )
            },
            relations=("clusterName AWS::EKS::Cluster contained", "principalArn *"),
        ),
        ResourceType(
            "AWS::EKS::PodIdentityAssociation",
            listing=ListingCall(
                "ListPodIdentityAssociations", parent=_CLUSTER, by={"clusterName": "@"}
            ),
            id="associationId",
            arn="podidentityassociation/{clusterName}/{associationId}",
            arn_member="associationArn",
            describe=Call(
                "DescribePodIdentityAssociation",
                by={"clusterName": "$parent.@", "associationId": "associationId"},
                take="association",
            ),
            relations=(
                "clusterName AWS::EKS::Cluster contained",
                "roleArn AWS::IAM::Role",
                "targetRoleArn AWS::IAM::Role",
            ),
        ),
    ),
    gone=("ResourceNotFoundException",),
)
