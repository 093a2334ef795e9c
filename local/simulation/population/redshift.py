"""Plants one of each of Redshift's types: a public cluster, its snapshot, and its groups."""

from collections.abc import Iterator
from typing import Any

from local.simulation.population.place import PASSWORD, TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create an unencrypted cluster, a snapshot, and subnet and parameter groups."""
    place = Place(site, client, "redshift")
    redshift = place.client("redshift")
    redshift.create_cluster_subnet_group(
        ClusterSubnetGroupName="warehouses",
        Description="without a way to the internet",
        SubnetIds=place.subnets,
        Tags=TAG_LIST,
    )
    shows: dict[str, Any] = {"VpcId": place.vpc}
    yield place.planted("Redshift::ClusterSubnetGroup", "subnetgroup:warehouses", shows)
    redshift.create_cluster_parameter_group(
        ParameterGroupName="strict",
        ParameterGroupFamily="redshift-1.0",
        Description="only with TLS",
        Tags=TAG_LIST,
    )
    shows = {"ParameterGroupFamily": "redshift-1.0"}
    yield place.planted("Redshift::ClusterParameterGroup", "parametergroup:strict", shows)
    redshift.create_cluster(
        ClusterIdentifier="warehouse",
        NodeType="ra3.xlplus",
        MasterUsername="admin",
        MasterUserPassword=PASSWORD,
        PubliclyAccessible=True,
        Tags=TAG_LIST,
    )
    shows = {"PubliclyAccessible": True, "Encrypted": False}
    found: tuple[str, ...] = ("PUBLIC_DATABASE", "UNENCRYPTED_DATABASE")
    yield place.planted("Redshift::Cluster", "cluster:warehouse", shows, findings=found)
    redshift.create_cluster_snapshot(
        SnapshotIdentifier="before-the-move", ClusterIdentifier="warehouse", Tags=TAG_LIST
    )
    shows = {"ClusterIdentifier": "warehouse", "SnapshotType": "manual"}
    found = ("UNENCRYPTED_DATABASE_SNAPSHOT",)
    resource = "snapshot:warehouse/before-the-move"
    yield place.planted("Redshift::Snapshot", resource, shows, findings=found)
    for made in redshift.describe_cluster_snapshots()["Snapshots"]:
        if made["SnapshotType"] == "automated":
            name, shows = made["SnapshotIdentifier"], {"SnapshotType": "automated"}
            resource = f"snapshot:warehouse/{name}"
            yield place.planted(
                "Redshift::Snapshot", resource, shows, own_id=name, tags={}, findings=found
            )
