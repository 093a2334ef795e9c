"""ElastiCache: caches, how they are set up and reached, and who may use them.

The user and the parameter groups that AWS has in every region are not the account's.
"""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

_TAGS = Call("ListTagsForResource", by={"ResourceName": "$arn"}, take="TagList")
_WITHOUT_ROLE = ("ServiceLinkedRoleNotFoundFault",)
"""ElastiCache makes its role with the first cache, so an account without it has no users."""

ELASTICACHE = ServiceTypes(
    client="elasticache",
    service="elasticache",
    page=100,
    types=(
        ResourceType(
            "AWS::ElastiCache::CacheCluster",
            listing=ListingCall("DescribeCacheClusters", arguments={"ShowCacheNodeInfo": True}),
            id="CacheClusterId",
            arn="cluster:{CacheClusterId}",
            arn_member="ARN",
            name="CacheClusterId",
            tags=_TAGS,
            identifiers=("CacheNodes.Endpoint.Address", "ConfigurationEndpoint.Address"),
            relations=(
                "ReplicationGroupId AWS::ElastiCache::ReplicationGroup contained",
                "CacheSubnetGroupName AWS::ElastiCache::SubnetGroup",
                "CacheParameterGroup.CacheParameterGroupName AWS::ElastiCache::ParameterGroup",
                "SecurityGroups.SecurityGroupId AWS::EC2::SecurityGroup",
                "NotificationConfiguration.TopicArn AWS::SNS::Topic",
            ),
        ),
        ResourceType(
            "AWS::ElastiCache::ReplicationGroup",
            listing=ListingCall("DescribeReplicationGroups"),
            id="ReplicationGroupId",
            arn="replicationgroup:{ReplicationGroupId}",
            arn_member="ARN",
            name="ReplicationGroupId",
            tags=_TAGS,
            volatile=("PendingModifiedValues.Resharding.SlotMigration.ProgressPercentage",),
            identifiers=("NodeGroups.PrimaryEndpoint.Address", "ConfigurationEndpoint.Address"),
            relations=(
                "MemberClusters AWS::ElastiCache::CacheCluster contains",
                "KmsKeyId AWS::KMS::Key",
                "UserGroupIds AWS::ElastiCache::UserGroup",
            ),
        ),
        ResourceType(
            "AWS::ElastiCache::GlobalReplicationGroup",
            listing=ListingCall(
                "DescribeGlobalReplicationGroups", arguments={"ShowMemberInfo": True}
            ),
            id="GlobalReplicationGroupId",
            arn=(
                "arn:{partition}:elasticache::{account}"
                ":globalreplicationgroup:{GlobalReplicationGroupId}"
            ),
            arn_member="ARN",
            name="GlobalReplicationGroupId",
            # Every region that has a member lists it; it belongs to the one that writes.
            home="Members.ReplicationGroupRegion Role=PRIMARY",
            tags=_TAGS,
            relations=("Members.ReplicationGroupId AWS::ElastiCache::ReplicationGroup contains",),
        ),
        ResourceType(
            "AWS::ElastiCache::ServerlessCache",
            listing=ListingCall("DescribeServerlessCaches", page=50),
            id="ServerlessCacheName",
            arn="serverlesscache:{ServerlessCacheName}",
            arn_member="ARN",
            name="ServerlessCacheName",
            tags=_TAGS,
            relations=(
                "SubnetIds AWS::EC2::Subnet",
                "SecurityGroupIds AWS::EC2::SecurityGroup",
                "KmsKeyId AWS::KMS::Key",
                "UserGroupId AWS::ElastiCache::UserGroup",
            ),
        ),
        ResourceType(
            "AWS::ElastiCache::SubnetGroup",
            listing=ListingCall("DescribeCacheSubnetGroups"),
            id="CacheSubnetGroupName",
            arn="subnetgroup:{CacheSubnetGroupName}",
            arn_member="ARN",
            name="CacheSubnetGroupName",
            tags=_TAGS,
            relations=(
                "VpcId AWS::EC2::VPC",
                "Subnets.SubnetIdentifier AWS::EC2::Subnet contains",
            ),
        ),
        ResourceType(
            "AWS::ElastiCache::ParameterGroup",
            listing=ListingCall("DescribeCacheParameterGroups"),
            where="CacheParameterGroupName!=default.*",
            id="CacheParameterGroupName",
            arn="parametergroup:{CacheParameterGroupName}",
            arn_member="ARN",
            name="CacheParameterGroupName",
            tags=_TAGS,
            fields={
                "Parameters": Call(
                    "DescribeCacheParameters",
                    by={"CacheParameterGroupName": "CacheParameterGroupName"},
                    arguments={"Source": "user"},
                    take="Parameters",
                )
            },
        ),
        ResourceType(
            "AWS::ElastiCache::User",
            listing=ListingCall("DescribeUsers", absent=_WITHOUT_ROLE),
            where="UserId!=default",
            id="UserId",
            arn="user:{UserId}",
            arn_member="ARN",
            name="UserName",
            tags=_TAGS,
            relations=("UserGroupIds AWS::ElastiCache::UserGroup",),
        ),
        ResourceType(
            "AWS::ElastiCache::UserGroup",
            listing=ListingCall("DescribeUserGroups", absent=_WITHOUT_ROLE),
            id="UserGroupId",
            arn="usergroup:{UserGroupId}",
            arn_member="ARN",
            name="UserGroupId",
            tags=_TAGS,
            relations=(
                "UserIds AWS::ElastiCache::User contains",
                "ReplicationGroups AWS::ElastiCache::ReplicationGroup",
                "ServerlessCaches AWS::ElastiCache::ServerlessCache",
            ),
        ),
    ),
)
