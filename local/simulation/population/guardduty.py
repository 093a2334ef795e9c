"""Plants a GuardDuty detector."""

from collections.abc import Iterator

from local.simulation.population.place import TAGS, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create the detector: a region has at most one."""
    place = Place(site, client, "guardduty")
    detector = place.client("guardduty").create_detector(Enable=True, Tags=TAGS)["DetectorId"]
    shows = {"Status": "ENABLED"}
    yield place.planted("GuardDuty::Detector", f"detector/{detector}", shows, name=TAGS["Name"])
