"""MemoryDB: clusters, who may use them, and how they are set up and reached.

The user, the list and the parameter groups that AWS has in every region are not the account's.
"""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

_TAGS = Call("ListTags", by={"ResourceArn": "$arn"}, take="TagList")
_WITHOUT_ROLE = ("ServiceLinkedRoleNotFoundFault",)
"""MemoryDB makes its role with the first cluster, so an account without it has nothing."""

MEMORYDB = ServiceTypes(
    client="memorydb",
    service="memorydb",
    page=50,
    types=(
        ResourceType(
            "AWS::MemoryDB::Cluster",
            listing=ListingCall(
                "DescribeClusters", arguments={"ShowShardDetails": True}, absent=_WITHOUT_ROLE
            ),
            id="Name",
            arn="cluster/{Name}",
            arn_member="ARN",
            name="Name",
            tags=_TAGS,
            volatile=("PendingUpdates.Resharding.SlotMigration.ProgressPercentage",),
            relations=(
                "ACLName AWS::MemoryDB::ACL",
                "SubnetGroupName AWS::MemoryDB::SubnetGroup",
                "ParameterGroupName AWS::MemoryDB::ParameterGroup",
                "SecurityGroups.SecurityGroupId AWS::EC2::SecurityGroup",
                "KmsKeyId AWS::KMS::Key",
                "SnsTopicArn AWS::SNS::Topic",
            ),
        ),
        ResourceType(
            "AWS::MemoryDB::ACL",
            listing=ListingCall("DescribeACLs"),
            where="Name!=open-access",
            id="Name",
            arn="acl/{Name}",
            arn_member="ARN",
            name="Name",
            tags=_TAGS,
            relations=(
                "UserNames AWS::MemoryDB::User contains",
                "Clusters AWS::MemoryDB::Cluster",
            ),
        ),
        ResourceType(
            "AWS::MemoryDB::User",
            listing=ListingCall("DescribeUsers"),
            where="Name!=default",
            id="Name",
            arn="user/{Name}",
            arn_member="ARN",
            name="Name",
            tags=_TAGS,
            relations=("ACLNames AWS::MemoryDB::ACL",),
        ),
        ResourceType(
            "AWS::MemoryDB::SubnetGroup",
            listing=ListingCall("DescribeSubnetGroups", absent=_WITHOUT_ROLE),
            id="Name",
            arn="subnetgroup/{Name}",
            arn_member="ARN",
            name="Name",
            tags=_TAGS,
            relations=(
                "VpcId AWS::EC2::VPC",
                "Subnets.Identifier AWS::EC2::Subnet contains",
            ),
        ),
        ResourceType(
            "AWS::MemoryDB::ParameterGroup",
            listing=ListingCall("DescribeParameterGroups", absent=_WITHOUT_ROLE),
            where="Name!=default.*",
            id="Name",
            arn="parametergroup/{Name}",
            arn_member="ARN",
            name="Name",
            tags=_TAGS,
        ),
        ResourceType(
            "AWS::MemoryDB::Snapshot",
            listing=ListingCall("DescribeSnapshots", absent=_WITHOUT_ROLE),
            id="Name",
            arn="snapshot/{Name}",
            arn_member="ARN",
            name="Name",
            tags=_TAGS,
            relations=(
                "ClusterConfiguration.Name AWS::MemoryDB::Cluster",
                "KmsKeyId AWS::KMS::Key",
            ),
        ),
    ),
)
