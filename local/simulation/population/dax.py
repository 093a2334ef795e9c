"""Plants a DAX cluster."""

from collections.abc import Iterator

from local.simulation.population.place import TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a cluster without encryption at rest or in transit."""
    place = Place(site, client, "dax")
    role = f"arn:aws:iam::{place.account}:role/dax"
    place.client("dax").create_cluster(
        ClusterName="cached",
        NodeType="dax.t3.small",
        ReplicationFactor=1,
        IamRoleArn=role,
        Tags=TAG_LIST,
    )
    shows = {"IamRoleArn": role, "SSEDescription.Status": "DISABLED"}
    yield place.planted("DAX::Cluster", "cache/cached", shows)
