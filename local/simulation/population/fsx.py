"""Plants FSx file systems, volumes and backups."""

from collections.abc import Iterator

from local.simulation.population.place import TAG_LIST, TAGS, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a file system with a backup, and a storage virtual machine and a volume on another."""
    place = Place(site, client, "fsx")
    fsx, name = place.client("fsx"), TAGS["Name"]
    system = fsx.create_file_system(
        FileSystemType="LUSTRE", StorageCapacity=1200, SubnetIds=place.subnets, Tags=TAG_LIST
    )["FileSystem"]["FileSystemId"]
    shows = {"FileSystemType": "LUSTRE"}
    yield place.planted("FSx::FileSystem", f"file-system/{system}", shows, name=name)
    backup = fsx.create_backup(FileSystemId=system, Tags=TAG_LIST)["Backup"]["BackupId"]
    shows = {"Lifecycle": "CREATING"}
    yield place.planted("FSx::Backup", f"backup/{backup}", shows, name=name)
    machine = fsx.create_storage_virtual_machine(FileSystemId=system, Name="svm", Tags=TAG_LIST)
    arn, shows = machine["StorageVirtualMachine"]["ResourceARN"], {"FileSystemId": system}
    yield place.planted("FSx::StorageVirtualMachine", arn, shows, name="svm")
    volume = fsx.create_volume(VolumeType="OPENZFS", Name="data", Tags=TAG_LIST)["Volume"]
    shows = {"VolumeType": "OPENZFS"}
    yield place.planted("FSx::Volume", volume["ResourceARN"], shows, name="data")
