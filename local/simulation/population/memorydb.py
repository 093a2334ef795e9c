"""Plants one of each of MemoryDB's types: a cluster without a password, and its snapshot."""

from collections.abc import Iterator

from local.simulation.population.place import PASSWORD, TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a subnet group, a cluster in it, a snapshot, and a user with a password."""
    place = Place(site, client, "memorydb")
    memorydb = place.client("memorydb")
    memorydb.create_subnet_group(SubnetGroupName="memory", SubnetIds=place.subnets, Tags=TAG_LIST)
    yield place.planted("MemoryDB::SubnetGroup", "subnetgroup/memory", {"VpcId": place.vpc})
    memorydb.create_cluster(
        ClusterName="fast",
        NodeType="db.t4g.small",
        ACLName="open-access",
        SubnetGroupName="memory",
        TLSEnabled=False,
        Tags=TAG_LIST,
    )
    shows = {"ACLName": "open-access", "TLSEnabled": False}
    yield place.planted("MemoryDB::Cluster", "cluster/fast", shows)
    memorydb.create_snapshot(ClusterName="fast", SnapshotName="before-the-move", Tags=TAG_LIST)
    shows = {"ClusterConfiguration.Name": "fast"}
    yield place.planted("MemoryDB::Snapshot", "snapshot/before-the-move", shows)
    memorydb.create_user(
        UserName="reader",
        AuthenticationMode={"Type": "password", "Passwords": [PASSWORD]},
        AccessString="on ~* +@read",
        Tags=TAG_LIST,
    )
    shows = {"Authentication.Type": "password"}
    yield place.planted("MemoryDB::User", "user/reader", shows)
