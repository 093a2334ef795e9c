"""MSK: clusters, provisioned and serverless in one answer, with who may connect to them."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

_CLUSTERS = ListingCall("ListClustersV2")
_POLICY = Call(
    "GetClusterPolicy",
    by={"ClusterArn": "ClusterArn"},
    take="Policy",
    absent=("NotFoundException",),
    documents=("@",),
    relations=("@ * trusts",),
)

KAFKA = ServiceTypes(
    client="kafka",
    service="kafka",
    types=(
        ResourceType(
            "AWS::MSK::Cluster",
            listing=_CLUSTERS,
            where="ClusterType!=SERVERLESS",
            id="ClusterArn",
            arn="cluster/{ClusterName}/*",
            exposed=(
                "Provisioned.BrokerNodeGroupInfo.ConnectivityInfo.PublicAccess.Type!=DISABLED",
            ),
            arn_member="ClusterArn",
            name="ClusterName",
            fields={"ClusterPolicy": _POLICY},
            volatile=("ActiveOperationArn",),
            relations=(
                "Provisioned.BrokerNodeGroupInfo.ClientSubnets AWS::EC2::Subnet",
                "Provisioned.BrokerNodeGroupInfo.SecurityGroups AWS::EC2::SecurityGroup",
                "Provisioned.EncryptionInfo.EncryptionAtRest.DataVolumeKMSKeyId AWS::KMS::Key",
            ),
        ),
        ResourceType(
            "AWS::MSK::ServerlessCluster",
            listing=_CLUSTERS,
            where="ClusterType=SERVERLESS",
            id="ClusterArn",
            arn="cluster/{ClusterName}/*",
            arn_member="ClusterArn",
            name="ClusterName",
            fields={"ClusterPolicy": _POLICY},
            volatile=("ActiveOperationArn",),
            relations=(
                "Serverless.VpcConfigs.SubnetIds AWS::EC2::Subnet",
                "Serverless.VpcConfigs.SecurityGroupIds AWS::EC2::SecurityGroup",
            ),
        ),
    ),
    gone=("NotFoundException",),
)
