"""Enables Security Hub without standards."""

from collections.abc import Iterator

from local.simulation.population.place import TAGS, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Enable it in one region."""
    place = Place(site, client, "securityhub")
    place.client("securityhub").enable_security_hub(Tags=TAGS)
    arn, standards = place.arn("hub/default"), "supplementaryConfiguration.EnabledStandards"
    yield place.planted("SecurityHub::Hub", arn, {standards: []}, own_id=arn, name=TAGS["Name"])
