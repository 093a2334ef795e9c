"""EC2: what an account computes with, and the disks and images beneath."""

from cidb2.types.declaration import Call, ListingCall, Lookup, ResourceType, ServiceTypes
from cidb2.types.ec2_networks import NETWORKS

_MACHINES = (
    ResourceType(
        "AWS::EC2::Instance",
        # One with 15 interfaces of 50 addresses each is 124 KB of XML and twice that in memory.
        listing=ListingCall("DescribeInstances", page=40),
        result="Reservations.Instances",
        id="InstanceId",
        arn="instance/{InstanceId}",
        around=("ReservationId", "OwnerId", "RequesterId"),
        # How far an attachment or a setting is on its way; and the state's code, whose high byte
        # is AWS's own, while its name says the same (EC2 API Reference, InstanceState).
        volatile=(
            "State.Code",
            "MetadataOptions.State",
            "BlockDeviceMappings.Ebs.Status",
            "NetworkInterfaces.Status",
            "NetworkInterfaces.Attachment.Status",
            "SecondaryInterfaces.Status",
            "SecondaryInterfaces.Attachment.Status",
            "ElasticGpuAssociations.ElasticGpuAssociationState",
            "ElasticInferenceAcceleratorAssociations.ElasticInferenceAcceleratorAssociationState",
        ),
        relations=(
            "VpcId AWS::EC2::VPC",
            "SubnetId AWS::EC2::Subnet",
            "SecurityGroups.GroupId AWS::EC2::SecurityGroup",
            "NetworkInterfaces.NetworkInterfaceId AWS::EC2::NetworkInterface contains",
            "BlockDeviceMappings.Ebs.VolumeId AWS::EC2::Volume attached",
            "IamInstanceProfile.Arn AWS::IAM::InstanceProfile",
            "ImageId AWS::EC2::Image",
            "KeyName AWS::EC2::KeyPair",
            "Placement.GroupName AWS::EC2::PlacementGroup",
        ),
        identifiers=(
            "PublicIpAddress",
            "PublicDnsName",
            "PrivateIpAddress",
            "PrivateDnsName",
            "NetworkInterfaces.Ipv6Addresses.Ipv6Address",
        ),
    ),
    ResourceType(
        "AWS::EC2::Volume",
        listing=ListingCall("DescribeVolumes"),
        id="VolumeId",
        arn="volume/{VolumeId}",
        volatile=("Attachments.State",),
        relations=(
            "Attachments.InstanceId AWS::EC2::Instance attached",
            "KmsKeyId AWS::KMS::Key",
            "SnapshotId AWS::EC2::Snapshot",
        ),
    ),
    ResourceType(
        "AWS::EC2::Snapshot",
        listing=ListingCall("DescribeSnapshots", arguments={"OwnerIds": ["self"]}),
        id="SnapshotId",
        arn="arn:{partition}:ec2:{region}::snapshot/{SnapshotId}",
        owner="OwnerId",  # its ARN names no account
        fields={
            # Known however many snapshots there are, and whatever becomes of a call of each.
            "IsPublic": Lookup(
                "DescribeSnapshots",
                arguments={"OwnerIds": ["self"], "RestorableByUserIds": ["all"]},
                of="SnapshotId",
                match="SnapshotId",
                is_there=True,
            ),
            "CreateVolumePermissions": Call(
                "DescribeSnapshotAttribute",
                by={"SnapshotId": "SnapshotId"},
                arguments={"Attribute": "createVolumePermission"},
                take="CreateVolumePermissions",
                relations=(
                    "UserId AWS::Organizations::Account trusts",
                    "Group AWS::Organizations::Account trusts",
                ),
            ),
        },
        volatile=("Progress", "StateMessage"),
        relations=("VolumeId AWS::EC2::Volume", "KmsKeyId AWS::KMS::Key"),
    ),
    ResourceType(
        "AWS::EC2::Image",
        listing=ListingCall(
            "DescribeImages",
            arguments={"Owners": ["self"], "IncludeDeprecated": True, "IncludeDisabled": True},
        ),
        id="ImageId",
        arn="arn:{partition}:ec2:{region}::image/{ImageId}",
        owner="OwnerId",
        name="Name",
        fields={
            "LaunchPermissions": Call(
                "DescribeImageAttribute",
                by={"ImageId": "ImageId"},
                arguments={"Attribute": "launchPermission"},
                take="LaunchPermissions",
                relations=(
                    "UserId AWS::Organizations::Account trusts",
                    "Group AWS::Organizations::Account trusts",
                    "OrganizationArn AWS::Organizations::Organization trusts",
                    "OrganizationalUnitArn AWS::Organizations::OrganizationalUnit trusts",
                ),
            )
        },
        volatile=("LastLaunchedTime",),
        relations=(
            "BlockDeviceMappings.Ebs.SnapshotId AWS::EC2::Snapshot",
            "SourceImageId AWS::EC2::Image",
        ),
    ),
    ResourceType(
        "AWS::EC2::LaunchTemplate",
        listing=ListingCall("DescribeLaunchTemplates"),
        id="LaunchTemplateId",
        arn="launch-template/{LaunchTemplateId}",
        name="LaunchTemplateName",
        fields={
            "Versions": Call(
                "DescribeLaunchTemplateVersions",
                by={"LaunchTemplateId": "LaunchTemplateId"},
                arguments={"Versions": ["$Default", "$Latest"]},
                take="LaunchTemplateVersions",
                relations=(
                    "LaunchTemplateData.ImageId AWS::EC2::Image",
                    "LaunchTemplateData.KeyName AWS::EC2::KeyPair",
                    "LaunchTemplateData.SecurityGroupIds AWS::EC2::SecurityGroup",
                    "LaunchTemplateData.IamInstanceProfile.Arn AWS::IAM::InstanceProfile",
                ),
            )
        },
    ),
    ResourceType(
        "AWS::EC2::KeyPair",
        listing=ListingCall("DescribeKeyPairs"),
        id="KeyPairId",
        arn="key-pair/{KeyName}",
        name="KeyName",
    ),
    ResourceType(
        "AWS::EC2::PlacementGroup",
        listing=ListingCall("DescribePlacementGroups"),
        id="GroupId",
        arn="placement-group/{GroupName}",
        arn_member="GroupArn",
        name="GroupName",
    ),
    ResourceType(
        # What an account has set for its new resources in a region.
        "AWS::EC2::AccountSettings",
        listing=ListingCall("GetEbsEncryptionByDefault"),
        encrypted=("EbsEncryptionByDefault=True",),
        result="@",
        id="$account",
        arn="account-settings/{$account}",
        fields={
            "EbsDefaultKmsKeyId": Call("GetEbsDefaultKmsKeyId", take="KmsKeyId"),
            "InstanceMetadataDefaults": Call(
                "GetInstanceMetadataDefaults", take="AccountLevel", may_lack=True
            ),
            "SnapshotBlockPublicAccess": Call("GetSnapshotBlockPublicAccessState", take="State"),
        },
    ),
)

EC2 = ServiceTypes(
    client="ec2",
    service="ec2",
    access="DescribeRegions is for all collectors of regional services.",
    # With 50 tags of 384 characters each, 100 entries are 4 MB of XML and take 9 MB while parsed,
    # and 16 regions are listed at once.
    page=100,
    types=(*_MACHINES, *NETWORKS),
    gone=(
        "InvalidSnapshot.NotFound",
        "InvalidAMIID.NotFound",
        "InvalidAMIID.Unavailable",
        "InvalidLaunchTemplateId.NotFound",
        "InvalidPrefixListID.NotFound",
    ),
)
