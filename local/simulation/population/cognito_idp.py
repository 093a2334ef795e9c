"""Plants a Cognito user pool."""

from collections.abc import Iterator

from local.simulation.population.place import TAGS, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a user pool without MFA."""
    place = Place(site, client, "cognito-idp")
    made = place.client("cognito-idp").create_user_pool(
        PoolName="people", MfaConfiguration="OFF", UserPoolTags=TAGS
    )["UserPool"]["Id"]
    shows = {"MfaConfiguration": "OFF"}
    yield place.planted("Cognito::UserPool", f"userpool/{made}", shows, name="people")
