"""Plants a log group without retention, with a metric filter for an alarm."""

from collections.abc import Iterator

from local.simulation.population.place import TAGS, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

METRIC = {"metricName": "Errors", "metricNamespace": "Web", "metricValue": "1"}
FILTER = "supplementaryConfiguration.MetricFilters.0"


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create the group and its filter."""
    place = Place(site, client, "logs")
    logs, name = place.client("logs"), "/shop/web"
    logs.create_log_group(logGroupName=name, tags=TAGS)
    logs.put_metric_filter(
        logGroupName=name,
        filterName="errors",
        filterPattern="ERROR",
        metricTransformations=[METRIC],
    )
    shows = {f"{FILTER}.metricTransformations": [METRIC]}
    yield place.planted("Logs::LogGroup", f"log-group:{name}", shows, own_id=name)
