"""FSx: file systems, what is within them, and their backups."""

from cidb2.types.declaration import ListingCall, ResourceType, ServiceTypes

FSX = ServiceTypes(
    client="fsx",
    service="fsx",
    page=50,
    types=(
        ResourceType(
            "AWS::FSx::FileSystem",
            listing=ListingCall("DescribeFileSystems"),
            id="FileSystemId",
            arn="file-system/{FileSystemId}",
            arn_member="ResourceARN",
            owner="OwnerId",
            volatile=("AdministrativeActions",),
            relations=(
                "VpcId AWS::EC2::VPC",
                "SubnetIds AWS::EC2::Subnet",
                "NetworkInterfaceIds AWS::EC2::NetworkInterface contains",
                "KmsKeyId AWS::KMS::Key",
            ),
        ),
        ResourceType(
            "AWS::FSx::StorageVirtualMachine",
            listing=ListingCall("DescribeStorageVirtualMachines"),
            id="StorageVirtualMachineId",
            arn="storage-virtual-machine/{FileSystemId}/{StorageVirtualMachineId}",
            arn_member="ResourceARN",
            name="Name",
            relations=("FileSystemId AWS::FSx::FileSystem contained",),
        ),
        ResourceType(
            "AWS::FSx::Volume",
            listing=ListingCall("DescribeVolumes"),
            id="VolumeId",
            arn="volume/{FileSystemId}/{VolumeId}",
            arn_member="ResourceARN",
            name="Name",
            volatile=("AdministrativeActions",),
            relations=(
                "FileSystemId AWS::FSx::FileSystem contained",
                (
                    "OntapConfiguration.StorageVirtualMachineId"
                    " AWS::FSx::StorageVirtualMachine contained"
                ),
            ),
        ),
        ResourceType(
            "AWS::FSx::Backup",
            listing=ListingCall("DescribeBackups"),
            id="BackupId",
            arn="backup/{BackupId}",
            arn_member="ResourceARN",
            owner="OwnerId",
            # What it says of its file system and volume may have changed since.
            volatile=("FileSystem", "ProgressPercent", "Volume"),
            relations=(
                "FileSystem.FileSystemId AWS::FSx::FileSystem",
                "Volume.VolumeId AWS::FSx::Volume",
                "KmsKeyId AWS::KMS::Key",
            ),
        ),
    ),
)
