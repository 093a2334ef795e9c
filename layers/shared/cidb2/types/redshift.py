"""Redshift: clusters, where they log, what they are restored from, and their settings."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

REDSHIFT = ServiceTypes(
    client="redshift",
    service="redshift",
    page=100,
    types=(
        ResourceType(
            "AWS::Redshift::Cluster",
            listing=ListingCall("DescribeClusters"),
            id="ClusterIdentifier",
            arn="cluster:{ClusterIdentifier}",
            name="ClusterIdentifier",
            fields={
                "LoggingStatus": Call(
                    "DescribeLoggingStatus",
                    by={"ClusterIdentifier": "ClusterIdentifier"},
                    volatile=(
                        "LastFailureMessage",
                        "LastFailureTime",
                        "LastSuccessfulDeliveryTime",
                        "S3Tables.LastIngestionTimes",
                    ),
                    relations=("BucketName AWS::S3::Bucket",),
                )
            },
            # How far a copy is, and what is next by the calendar.
            volatile=(
                "DataTransferProgress",
                "ExpectedNextSnapshotScheduleTime",
                "ExpectedNextSnapshotScheduleTimeStatus",
                "NextMaintenanceWindowStartTime",
                "RestoreStatus",
            ),
            identifiers=("Endpoint.Address",),
            relations=(
                "VpcId AWS::EC2::VPC",
                "VpcSecurityGroups.VpcSecurityGroupId AWS::EC2::SecurityGroup",
                "ClusterSubnetGroupName AWS::Redshift::ClusterSubnetGroup",
                ("ClusterParameterGroups.ParameterGroupName AWS::Redshift::ClusterParameterGroup"),
                "KmsKeyId AWS::KMS::Key",
                "IamRoles.IamRoleArn AWS::IAM::Role",
                "MasterPasswordSecretArn AWS::SecretsManager::Secret",
                "CustomDomainCertificateArn AWS::CertificateManager::Certificate",
            ),
        ),
        ResourceType(
            "AWS::Redshift::Snapshot",
            listing=ListingCall("DescribeClusterSnapshots"),
            id="SnapshotIdentifier",
            arn="snapshot:{ClusterIdentifier}/{SnapshotIdentifier}",
            arn_member="SnapshotArn",
            name="SnapshotIdentifier",
            owner="OwnerAccount",
            volatile=(
                "ActualIncrementalBackupSizeInMegaBytes",
                "BackupProgressInMegaBytes",
                "CurrentBackupRateInMegaBytesPerSecond",
                "ElapsedTimeInSeconds",
                "EstimatedSecondsToCompletion",
                "ManualSnapshotRemainingDays",
                "TotalBackupSizeInMegaBytes",
            ),
            relations=(
                "ClusterIdentifier AWS::Redshift::Cluster",
                "KmsKeyId AWS::KMS::Key",
                "VpcId AWS::EC2::VPC associated",
                "AccountsWithRestoreAccess.AccountId AWS::Organizations::Account trusts",
            ),
        ),
        ResourceType(
            "AWS::Redshift::ClusterSubnetGroup",
            listing=ListingCall("DescribeClusterSubnetGroups"),
            id="ClusterSubnetGroupName",
            arn="subnetgroup:{ClusterSubnetGroupName}",
            name="ClusterSubnetGroupName",
            relations=(
                "VpcId AWS::EC2::VPC",
                "Subnets.SubnetIdentifier AWS::EC2::Subnet contains",
            ),
        ),
        ResourceType(
            "AWS::Redshift::ClusterParameterGroup",
            listing=ListingCall("DescribeClusterParameterGroups"),
            where="ParameterGroupName!=default.*",
            id="ParameterGroupName",
            arn="parametergroup:{ParameterGroupName}",
            name="ParameterGroupName",
            fields={
                # Whether it requires TLS is one of them.
                "Parameters": Call(
                    "DescribeClusterParameters",
                    by={"ParameterGroupName": "ParameterGroupName"},
                    arguments={"Source": "user"},
                    take="Parameters",
                )
            },
        ),
    ),
    gone=("ClusterNotFound", "ClusterParameterGroupNotFound"),
)
