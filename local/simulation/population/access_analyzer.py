"""Plants an IAM Access Analyzer."""

from collections.abc import Iterator

from local.simulation.population.place import TAGS, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create an analyzer for the account."""
    place = Place(site, client, "access-analyzer")
    place.client("accessanalyzer").create_analyzer(analyzerName="own", type="ACCOUNT", tags=TAGS)
    yield place.planted("AccessAnalyzer::Analyzer", "analyzer/own", {"type": "ACCOUNT"})
