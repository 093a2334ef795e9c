"""RDS: databases, what they are restored from, and how they are set up and reached.

Its API also lists the databases of Neptune and DocumentDB, which have types of their own.
"""

from collections.abc import Iterator
from dataclasses import replace

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

Types = Iterator[ResourceType]

_TAGS = Call("ListTagsForResource", by={"ResourceName": "$arn"}, take="TagList")
_SECURITY_GROUP = "VpcSecurityGroups.VpcSecurityGroupId AWS::EC2::SecurityGroup"
_SHARED_WITH = "AttributeValues AWS::Organizations::Account trusts"
"""Of the attribute `restore`, the only one of a snapshot."""

_SECRET = (
    "MasterUserSecret.SecretArn AWS::SecretsManager::Secret",
    "MasterUserSecret.KmsKeyId AWS::KMS::Key",
)
_MONITORING = (
    "MonitoringRoleArn AWS::IAM::Role",
    "AssociatedRoles.RoleArn AWS::IAM::Role",
    "PerformanceInsightsKMSKeyId AWS::KMS::Key",
    "ActivityStreamKmsKeyId AWS::KMS::Key",
)

_INSTANCE = ResourceType(
    "AWS::RDS::DBInstance",
    listing=ListingCall("DescribeDBInstances"),
    id="DBInstanceIdentifier",
    arn="db:{DBInstanceIdentifier}",
    identity="DbiResourceId",
    arn_member="DBInstanceArn",
    name="DBInstanceIdentifier",
    # How far a change is, and how far back and forth the instance can be restored.
    volatile=(
        "LatestRestorableTime",
        "PercentProgress",
        "StorageOperationPercentProgress",
        "AdditionalStorageVolumes.StorageOperationPercentProgress",
        "StatusInfos",
    ),
    relations=(
        "DBSubnetGroup.VpcId AWS::EC2::VPC",
        "DBSubnetGroup.Subnets.SubnetIdentifier AWS::EC2::Subnet",
        "DBSubnetGroup.DBSubnetGroupName AWS::RDS::DBSubnetGroup",
        _SECURITY_GROUP,
        "KmsKeyId AWS::KMS::Key",
        "DBClusterIdentifier AWS::RDS::DBCluster contained",
        "DBParameterGroups.DBParameterGroupName AWS::RDS::DBParameterGroup",
        "OptionGroupMemberships.OptionGroupName AWS::RDS::OptionGroup",
        "ReadReplicaSourceDBInstanceIdentifier AWS::RDS::DBInstance",
        "ReadReplicaDBInstanceIdentifiers AWS::RDS::DBInstance",
        *_SECRET,
        *_MONITORING,
    ),
    identifiers=("Endpoint.Address",),
)
_CLUSTER = ResourceType(
    "AWS::RDS::DBCluster",
    listing=ListingCall("DescribeDBClusters"),
    id="DBClusterIdentifier",
    arn="cluster:{DBClusterIdentifier}",
    identity="DbClusterResourceId",
    arn_member="DBClusterArn",
    name="DBClusterIdentifier",
    # Capacity is what Aurora Serverless v1 uses at the moment.
    volatile=(
        "EarliestRestorableTime",
        "LatestRestorableTime",
        "EarliestBacktrackTime",
        "BacktrackConsumedChangeRecords",
        "Capacity",
        "LimitlessDatabase.MinRequiredACU",
        "PercentProgress",
        "StatusInfos",
    ),
    relations=(
        "DBSubnetGroup AWS::RDS::DBSubnetGroup",
        _SECURITY_GROUP,
        "KmsKeyId AWS::KMS::Key",
        "DBClusterMembers.DBInstanceIdentifier AWS::RDS::DBInstance contains",
        "DBClusterParameterGroup AWS::RDS::DBClusterParameterGroup",
        "ReplicationSourceIdentifier *",
        *_SECRET,
        *_MONITORING,
    ),
    identifiers=("Endpoint", "ReaderEndpoint", "CustomEndpoints"),
)
_CLUSTER_SNAPSHOT = ResourceType(
    "AWS::RDS::DBClusterSnapshot",
    listing=ListingCall("DescribeDBClusterSnapshots"),
    id="DBClusterSnapshotIdentifier",
    arn="cluster-snapshot:{DBClusterSnapshotIdentifier}",
    arn_member="DBClusterSnapshotArn",
    name="DBClusterSnapshotIdentifier",
    fields={
        # Only manual snapshots can be shared.
        "Attributes": Call(
            "DescribeDBClusterSnapshotAttributes",
            by={"DBClusterSnapshotIdentifier": "DBClusterSnapshotIdentifier"},
            take="DBClusterSnapshotAttributesResult.DBClusterSnapshotAttributes",
            when="SnapshotType=manual",
            relations=(_SHARED_WITH,),
        )
    },
    volatile=("PercentProgress",),
    relations=(
        "DBClusterIdentifier AWS::RDS::DBCluster",
        "KmsKeyId AWS::KMS::Key",
        "VpcId AWS::EC2::VPC associated",
    ),
)
_CLUSTER_PARAMETERS = ResourceType(
    "AWS::RDS::DBClusterParameterGroup",
    listing=ListingCall("DescribeDBClusterParameterGroups"),
    id="DBClusterParameterGroupName",
    arn="cluster-pg:{DBClusterParameterGroupName}",
    arn_member="DBClusterParameterGroupArn",
    name="DBClusterParameterGroupName",
    tags=_TAGS,
    fields={
        "Parameters": Call(
            "DescribeDBClusterParameters",
            by={"DBClusterParameterGroupName": "DBClusterParameterGroupName"},
            arguments={"Source": "user"},
            take="Parameters",
            when="DBClusterParameterGroupName!=default.*",
        )
    },
)
_PARAMETERS = ResourceType(
    "AWS::RDS::DBParameterGroup",
    listing=ListingCall("DescribeDBParameterGroups"),
    id="DBParameterGroupName",
    arn="pg:{DBParameterGroupName}",
    arn_member="DBParameterGroupArn",
    name="DBParameterGroupName",
    tags=_TAGS,
    fields={
        "Parameters": Call(
            "DescribeDBParameters",
            by={"DBParameterGroupName": "DBParameterGroupName"},
            arguments={"Source": "user"},
            take="Parameters",
            when="DBParameterGroupName!=default.*",
        )
    },
)
_GLOBAL_CLUSTER = ResourceType(
    "AWS::RDS::GlobalCluster",
    listing=ListingCall("DescribeGlobalClusters"),
    id="GlobalClusterIdentifier",
    arn="arn:{partition}:rds::{account}:global-cluster:{GlobalClusterIdentifier}",
    identity="GlobalClusterResourceId",
    arn_member="GlobalClusterArn",
    name="GlobalClusterIdentifier",
    # Every region lists it; it belongs to the one that writes.
    home="GlobalClusterMembers.DBClusterArn IsWriter=True",
    relations=(
        "GlobalClusterMembers.DBClusterArn AWS::RDS::DBCluster contains",
        "GlobalClusterMembers.Readers AWS::RDS::DBCluster contains",
    ),
)
_SHARED = {
    _INSTANCE: "Engine",
    _CLUSTER: "Engine",
    _CLUSTER_SNAPSHOT: "Engine",
    _GLOBAL_CLUSTER: "Engine",
    _CLUSTER_PARAMETERS: "DBParameterGroupFamily",
    _PARAMETERS: "DBParameterGroupFamily",
}
"""Types that RDS's API has for Neptune and DocumentDB too, and the member that tells the engine."""


def _of_engine(service: str, engine: str, *, without: tuple[ResourceType, ...] = ()) -> Types:
    """Yield the types of another service, with relations to its own types."""
    types = {each.type: each for each in _SHARED if each not in without}
    own = {name: name.replace("::RDS::", f"::{service}::") for name in types}
    for name, declared in types.items():
        relations = [text.split(" ") for text in declared.relations]
        yield replace(
            declared,
            type=own[name],
            where=f"{_SHARED[declared]}={engine}*",
            relations=tuple(" ".join(own.get(word, word) for word in text) for text in relations),
        )


RDS = ServiceTypes(
    client="rds",
    service="rds",
    page=100,
    types=(
        *(replace(each, where=f"{told}!=neptune*,docdb*") for each, told in _SHARED.items()),
        *_of_engine("Neptune", "neptune"),
        *_of_engine("DocDB", "docdb", without=(_PARAMETERS,)),
        ResourceType(
            "AWS::RDS::DBSnapshot",
            listing=ListingCall("DescribeDBSnapshots"),
            id="DBSnapshotIdentifier",
            arn="snapshot:{DBSnapshotIdentifier}",
            arn_member="DBSnapshotArn",
            name="DBSnapshotIdentifier",
            fields={
                "Attributes": Call(
                    "DescribeDBSnapshotAttributes",
                    by={"DBSnapshotIdentifier": "DBSnapshotIdentifier"},
                    take="DBSnapshotAttributesResult.DBSnapshotAttributes",
                    when="SnapshotType=manual",
                    relations=(_SHARED_WITH,),
                )
            },
            volatile=("PercentProgress",),
            relations=(
                "DBInstanceIdentifier AWS::RDS::DBInstance",
                "KmsKeyId AWS::KMS::Key",
                "OptionGroupName AWS::RDS::OptionGroup",
                "VpcId AWS::EC2::VPC associated",
            ),
        ),
        ResourceType(
            # Also of Neptune and DocumentDB: nothing tells the engine.
            "AWS::RDS::DBSubnetGroup",
            listing=ListingCall("DescribeDBSubnetGroups"),
            id="DBSubnetGroupName",
            arn="subgrp:{DBSubnetGroupName}",
            arn_member="DBSubnetGroupArn",
            name="DBSubnetGroupName",
            tags=_TAGS,
            relations=(
                "VpcId AWS::EC2::VPC",
                "Subnets.SubnetIdentifier AWS::EC2::Subnet contains",
            ),
        ),
        ResourceType(
            "AWS::RDS::OptionGroup",
            listing=ListingCall("DescribeOptionGroups"),
            id="OptionGroupName",
            arn="og:{OptionGroupName}",
            arn_member="OptionGroupArn",
            name="OptionGroupName",
            tags=_TAGS,
            relations=(
                "VpcId AWS::EC2::VPC associated",
                "Options.VpcSecurityGroupMemberships.VpcSecurityGroupId AWS::EC2::SecurityGroup",
            ),
        ),
        ResourceType(
            "AWS::RDS::EventSubscription",
            listing=ListingCall("DescribeEventSubscriptions"),
            id="CustSubscriptionId",
            arn="es:{CustSubscriptionId}",
            arn_member="EventSubscriptionArn",
            name="CustSubscriptionId",
            tags=_TAGS,
            relations=("SnsTopicArn AWS::SNS::Topic",),
        ),
        ResourceType(
            "AWS::RDS::DBProxy",
            listing=ListingCall("DescribeDBProxies"),
            id="DBProxyArn",
            arn="db-proxy:*",
            arn_member="DBProxyArn",
            name="DBProxyName",
            tags=_TAGS,
            fields={
                "TargetGroups": Call(
                    "DescribeDBProxyTargetGroups",
                    by={"DBProxyName": "DBProxyName"},
                    take="TargetGroups",
                ),
                "Targets": Call(
                    "DescribeDBProxyTargets",
                    by={"DBProxyName": "DBProxyName"},
                    take="Targets",
                    volatile=("TargetHealth",),
                    relations=("TargetArn *",),
                ),
            },
            relations=(
                "VpcId AWS::EC2::VPC",
                "VpcSubnetIds AWS::EC2::Subnet",
                "VpcSecurityGroupIds AWS::EC2::SecurityGroup",
                "Auth.SecretArn AWS::SecretsManager::Secret",
                "RoleArn AWS::IAM::Role",
            ),
            identifiers=("Endpoint",),
        ),
        ResourceType(
            "AWS::RDS::DBProxyEndpoint",
            listing=ListingCall("DescribeDBProxyEndpoints"),
            id="DBProxyEndpointArn",
            arn="db-proxy-endpoint:*",
            arn_member="DBProxyEndpointArn",
            name="DBProxyEndpointName",
            tags=_TAGS,
            relations=(
                "DBProxyName AWS::RDS::DBProxy contained",
                "VpcId AWS::EC2::VPC",
                "VpcSubnetIds AWS::EC2::Subnet",
                "VpcSecurityGroupIds AWS::EC2::SecurityGroup",
            ),
            identifiers=("Endpoint",),
        ),
    ),
    gone=(
        "DBClusterNotFoundFault",
        "DBClusterSnapshotNotFoundFault",
        "DBInstanceNotFound",
        "DBParameterGroupNotFound",
        "DBProxyEndpointNotFoundFault",
        "DBProxyNotFoundFault",
        "DBSnapshotNotFound",
        "DBSubnetGroupNotFoundFault",
        "OptionGroupNotFoundFault",
        "SubscriptionNotFound",
    ),
)
