"""Plants a CloudFront distribution that sends a secret to its origin."""

from collections.abc import Iterator

from local.simulation.population.place import PASSWORD, TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

HEADER = "x-origin-verify"
ORIGIN = {
    "Id": "web",
    "DomainName": "web.example.com",
    "CustomHeaders": {
        "Quantity": 1,
        "Items": [{"HeaderName": HEADER, "HeaderValue": PASSWORD}],
    },
    "CustomOriginConfig": {
        "HTTPPort": 80,
        "HTTPSPort": 443,
        "OriginProtocolPolicy": "http-only",
    },
}


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a distribution with an unencrypted connection to its origin."""
    place = Place(site, client, "cloudfront")
    configuration = {
        "CallerReference": "planted",
        "Comment": "für alle",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [ORIGIN]},
        "DefaultCacheBehavior": {"TargetOriginId": "web", "ViewerProtocolPolicy": "allow-all"},
    }
    made = place.client("cloudfront").create_distribution_with_tags(
        DistributionConfigWithTags={
            "DistributionConfig": configuration,
            "Tags": {"Items": TAG_LIST},
        }
    )["Distribution"]
    items = "DistributionConfig.Origins.Items.0"
    shows = {
        f"{items}.CustomHeaders.Items": [{"HeaderName": HEADER}],
        f"{items}.CustomOriginConfig.OriginProtocolPolicy": "http-only",
        "DistributionConfig.Comment": "für alle",
    }
    name = made["DomainName"]
    yield place.planted("CloudFront::Distribution", made["ARN"], shows, name=name, region="global")
