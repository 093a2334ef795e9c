"""Plants an unencrypted EFS file system, and its mount target."""

from collections.abc import Iterator
from typing import Any

from local.simulation.population.place import TAG_LIST, TAGS, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a file system without a policy, an access point and a mount target."""
    place = Place(site, client, "elasticfilesystem")
    efs, name = place.client("efs"), TAGS["Name"]
    system = efs.create_file_system(CreationToken="shared", Tags=TAG_LIST)["FileSystemId"]
    shows: dict[str, Any] = {"Encrypted": False, "supplementaryConfiguration.Policy": None}
    yield place.planted(
        "EFS::FileSystem",
        f"file-system/{system}",
        shows,
        name=name,
        findings=("UNENCRYPTED_FILE_SYSTEM",),
    )
    point = efs.create_access_point(ClientToken="x", FileSystemId=system, Tags=TAG_LIST)
    resource, shows = f"access-point/{point['AccessPointId']}", {"FileSystemId": system}
    yield place.planted("EFS::AccessPoint", resource, shows, name=name)
    group = place.client("ec2").describe_security_groups()["SecurityGroups"][0]["GroupId"]
    target = efs.create_mount_target(
        FileSystemId=system, SubnetId=place.subnets[0], SecurityGroups=[group]
    )
    resource = f"mount-target/{target['MountTargetId']}"
    shows = {"VpcId": place.vpc, "supplementaryConfiguration.SecurityGroups": [group]}
    yield place.planted("EFS::MountTarget", resource, shows, name=None, tags={})
