"""Plants a Firehose delivery stream."""

from collections.abc import Iterator

from local.simulation.population.place import TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

BUCKET = "arn:aws:s3:::clicks"


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a stream that delivers to a bucket."""
    place = Place(site, client, "firehose")
    place.client("firehose").create_delivery_stream(
        DeliveryStreamName="to-s3",
        ExtendedS3DestinationConfiguration={
            "RoleARN": f"arn:aws:iam::{place.account}:role/firehose",
            "BucketARN": BUCKET,
        },
        Tags=TAG_LIST,
    )
    shows = {"Destinations.0.ExtendedS3DestinationDescription.BucketARN": BUCKET}
    yield place.planted("KinesisFirehose::DeliveryStream", "deliverystream/to-s3", shows)
