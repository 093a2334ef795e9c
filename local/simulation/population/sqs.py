"""Plants an SQS queue that everyone can send to."""

import json
from collections.abc import Iterator

from local.simulation.population.place import TAGS, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage"}],
}


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a queue without a dead-letter queue."""
    place = Place(site, client, "sqs")
    attributes = {"Policy": json.dumps(POLICY), "DelaySeconds": "900"}
    url = place.client("sqs").create_queue(QueueName="jobs", Attributes=attributes, tags=TAGS)
    shows = {"Policy": POLICY, "DelaySeconds": "900"}
    yield place.planted(
        "SQS::Queue",
        "jobs",
        shows,
        own_id=url["QueueUrl"],
        name="jobs",
        findings=("PUBLIC_RESOURCE_POLICY",),
    )
