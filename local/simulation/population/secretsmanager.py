"""Plants a secret without rotation."""

from collections.abc import Iterator

from local.simulation.population.place import PASSWORD, TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create the secret; its value is never read."""
    place = Place(site, client, "secretsmanager")
    secret = place.client("secretsmanager").create_secret(
        Name="prod/database", SecretString=PASSWORD, Tags=TAG_LIST
    )["ARN"]
    shows = {"supplementaryConfiguration.ResourcePolicy": None}
    yield place.planted(
        "SecretsManager::Secret",
        secret,
        shows,
        own_id=secret,
        name="prod/database",
        findings=("SECRET_WITHOUT_ROTATION",),
    )
