"""Plants one of each of EC2's storage types: shared, public, unused, with secrets."""

from collections.abc import Iterator

from local.simulation.population.ec2_place import Ec2Place
from local.simulation.population.place import STRANGER
from local.simulation.population.planted import Planted

USER_DATA = "IyEvYmluL3NoCmV4cG9ydCBEQl9QQVNTV09SRD1odW50ZXIyCg=="
PERMISSIONS = "supplementaryConfiguration.CreateVolumePermissions"
IMAGE = "ami-12345678"


def plant_storage(place: Ec2Place) -> Iterator[Planted]:
    """Create volumes, snapshots, images and launch resources."""
    ec2 = place.client
    volume = ec2.create_volume(AvailabilityZone=f"{place.region}a", Size=8)["VolumeId"]
    shows = {"Attachments": [], "Encrypted": False}
    yield place.planted("Volume", "volume", volume, shows)
    yield _snapshot(place, volume, {"UserIds": [STRANGER]}, {"UserId": STRANGER}, is_public=False)
    yield _snapshot(place, volume, {"GroupNames": ["all"]}, {"Group": "all"}, is_public=True)
    yield _image(place, "golden", {"UserId": STRANGER})
    yield _image(place, "for-everybody", {"Group": "all"})
    yield _template(place)
    key = ec2.create_key_pair(KeyName="Schlüssel/1", KeyType="ed25519")["KeyPairId"]
    arn = f"arn:aws:ec2:{place.region}:{place.account}:key-pair/Schlüssel/1"
    yield place.planted("KeyPair", "", key, {"KeyType": "ed25519"}, name="Schlüssel/1", arn=arn)
    group = ec2.create_placement_group(GroupName="rack", Strategy="spread")["PlacementGroup"]
    shows = {"Strategy": "spread"}
    what = ("PlacementGroup", "", group["GroupId"], shows)
    yield place.planted(*what, name="rack", arn=group["GroupArn"])


def plant_settings(place: Ec2Place) -> Planted:
    """Change the account's EC2 defaults."""
    ec2, account = place.client, place.account
    ec2.enable_ebs_encryption_by_default()
    ec2.modify_instance_metadata_defaults(HttpTokens="required", HttpPutResponseHopLimit=2)
    ec2.enable_snapshot_block_public_access(State="block-new-sharing")
    return Planted(
        "AWS::EC2::AccountSettings",
        account,
        place.region,
        f"arn:aws:ec2:{place.region}:{account}:account-settings/{account}",
        account,
        shows={
            "configuration.EbsEncryptionByDefault": True,
            "supplementaryConfiguration.InstanceMetadataDefaults.HttpTokens": "required",
            "supplementaryConfiguration.SnapshotBlockPublicAccess": "block-new-sharing",
        },
    )


def _snapshot(
    place: Ec2Place,
    volume: str,
    allowed: dict[str, list[str]],
    permission: dict[str, str],
    *,
    is_public: bool,
) -> Planted:
    snapshot = place.client.create_snapshot(VolumeId=volume)["SnapshotId"]
    place.client.modify_snapshot_attribute(
        SnapshotId=snapshot,
        Attribute="createVolumePermission",
        OperationType="add",
        **allowed,
    )
    shows = {"supplementaryConfiguration.IsPublic": is_public, PERMISSIONS: [permission]}
    arn = f"arn:aws:ec2:{place.region}::snapshot/{snapshot}"
    return place.planted("Snapshot", "", snapshot, shows, arn=arn)


def _image(place: Ec2Place, name: str, permission: dict[str, str]) -> Planted:
    ec2 = place.client
    image = ec2.register_image(Name=name, RootDeviceName="/dev/sda1")["ImageId"]
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [permission]})
    shows = {"supplementaryConfiguration.LaunchPermissions": [permission]}
    arn = f"arn:aws:ec2:{place.region}::image/{image}"
    return place.planted("Image", "", image, shows, name=name, arn=arn)


def _template(place: Ec2Place) -> Planted:
    """Create a launch template with a password in its user data."""
    template = place.client.create_launch_template(
        LaunchTemplateName="web", LaunchTemplateData={"ImageId": IMAGE, "UserData": USER_DATA}
    )["LaunchTemplate"]["LaunchTemplateId"]
    shows = {"supplementaryConfiguration.Versions.0.LaunchTemplateData": {"ImageId": IMAGE}}
    return place.planted("LaunchTemplate", "launch-template", template, shows, name="web")
