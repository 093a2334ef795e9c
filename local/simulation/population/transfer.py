"""Plants a Transfer Family server."""

from collections.abc import Iterator

from local.simulation.population.place import TAG_LIST, TAGS, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a server with a public endpoint."""
    place = Place(site, client, "transfer")
    made = place.client("transfer").create_server(
        IdentityProviderType="SERVICE_MANAGED",
        EndpointType="PUBLIC",
        Protocols=["SFTP"],
        Tags=TAG_LIST,
    )["ServerId"]
    shows = {"EndpointType": "PUBLIC", "IdentityProviderType": "SERVICE_MANAGED"}
    yield place.planted("Transfer::Server", f"server/{made}", shows, name=TAGS["Name"])
