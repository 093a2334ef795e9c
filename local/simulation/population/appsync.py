"""Plants an AppSync GraphQL API."""

from collections.abc import Iterator

from local.simulation.population.place import TAGS, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create an API that accepts API keys."""
    place = Place(site, client, "appsync")
    made = place.client("appsync").create_graphql_api(
        name="orders", authenticationType="API_KEY", tags=TAGS
    )["graphqlApi"]
    shows = {"authenticationType": "API_KEY"}
    yield place.planted("AppSync::GraphQLApi", made["arn"], shows, name="orders")
