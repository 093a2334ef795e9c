"""Plants an Athena workgroup; each region also has AWS's default one."""

from collections.abc import Iterator

from local.simulation.population.place import TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

RESULTS = {"OutputLocation": "s3://results/analysts/"}


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a workgroup with unencrypted results."""
    place = Place(site, client, "athena")
    place.client("athena").create_work_group(
        Name="analysts", Configuration={"ResultConfiguration": RESULTS}, Tags=TAG_LIST
    )
    shows = {"Configuration.ResultConfiguration": RESULTS}
    yield place.planted("Athena::WorkGroup", "workgroup/analysts", shows)
