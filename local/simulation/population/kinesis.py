"""Plants an unencrypted Kinesis stream that an outside account can read."""

import json
from collections.abc import Iterator

from local.simulation.population.place import STRANGER, TAGS, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a stream with a policy."""
    place = Place(site, client, "kinesis")
    kinesis, arn = place.client("kinesis"), place.arn("stream/clicks")
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    kinesis.add_tags_to_stream(StreamName="clicks", Tags=TAGS)
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": STRANGER},
        "Action": "kinesis:GetRecords",
        "Resource": arn,
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    kinesis.put_resource_policy(ResourceARN=arn, Policy=json.dumps(policy))
    shows = {"EncryptionType": "NONE", "supplementaryConfiguration.ResourcePolicy": policy}
    yield place.planted("Kinesis::Stream", arn, shows)
