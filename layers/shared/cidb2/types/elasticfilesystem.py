"""EFS: file systems, with policy and backup, and from where they can be mounted."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

_BY_ID = {"FileSystemId": "FileSystemId"}

EFS = ServiceTypes(
    client="efs",
    service="elasticfilesystem",
    page=100,
    types=(
        ResourceType(
            "AWS::EFS::FileSystem",
            listing=ListingCall("DescribeFileSystems"),
            id="FileSystemId",
            arn="file-system/{FileSystemId}",
            arn_member="FileSystemArn",
            owner="OwnerId",
            fields={
                "Policy": Call(
                    "DescribeFileSystemPolicy",
                    by=_BY_ID,
                    take="Policy",
                    absent=("PolicyNotFound",),
                    documents=("@",),
                    relations=("@ * trusts",),
                ),
                "BackupPolicy": Call(
                    "DescribeBackupPolicy",
                    by=_BY_ID,
                    take="BackupPolicy",
                    absent=("PolicyNotFound",),
                ),
                "LifecyclePolicies": Call(
                    "DescribeLifecycleConfiguration", by=_BY_ID, take="LifecyclePolicies"
                ),
            },
            volatile=("SizeInBytes",),
            relations=("KmsKeyId AWS::KMS::Key",),
        ),
        ResourceType(
            "AWS::EFS::AccessPoint",
            listing=ListingCall("DescribeAccessPoints"),
            id="AccessPointId",
            arn="access-point/{AccessPointId}",
            arn_member="AccessPointArn",
            owner="OwnerId",
            relations=("FileSystemId AWS::EFS::FileSystem",),
        ),
        ResourceType(
            "AWS::EFS::MountTarget",
            listing=ListingCall("DescribeMountTargets", parent="AWS::EFS::FileSystem", by=_BY_ID),
            id="MountTargetId",
            arn="mount-target/{MountTargetId}",
            owner="OwnerId",
            fields={
                "SecurityGroups": Call(
                    "DescribeMountTargetSecurityGroups",
                    by={"MountTargetId": "MountTargetId"},
                    take="SecurityGroups",
                    relations=("@ AWS::EC2::SecurityGroup",),
                )
            },
            identifiers=("IpAddress",),
            relations=(
                "FileSystemId AWS::EFS::FileSystem attached",
                "SubnetId AWS::EC2::Subnet",
                "VpcId AWS::EC2::VPC",
                "NetworkInterfaceId AWS::EC2::NetworkInterface contains",
            ),
        ),
    ),
    gone=("AccessPointNotFound", "FileSystemNotFound", "MountTargetNotFound"),
)
