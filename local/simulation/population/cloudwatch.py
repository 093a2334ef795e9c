"""Plants a CloudWatch alarm that notifies nobody."""

from collections.abc import Iterator

from local.simulation.population.place import TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create an alarm without actions."""
    place = Place(site, client, "cloudwatch")
    place.client("cloudwatch").put_metric_alarm(
        AlarmName="errors",
        MetricName="Errors",
        Namespace="Web",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        Tags=TAG_LIST,
    )
    shows = {"MetricName": "Errors", "AlarmActions": []}
    yield place.planted("CloudWatch::Alarm", "alarm:errors", shows)
