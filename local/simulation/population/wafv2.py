"""Plants web ACLs: one regional, and one for CloudFront."""

from collections.abc import Iterator
from typing import Any

from local.simulation.population.place import TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

VISIBILITY = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "x"}
LEAD_REGION = "us-east-1"
"""The region of CloudFront's web ACLs."""


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create web ACLs that allow everything."""
    for scope, place in (
        ("REGIONAL", Place(site, client, "wafv2")),
        ("CLOUDFRONT", Place(site, client, "wafv2", LEAD_REGION)),
    ):
        name = scope.lower()
        made = place.client("wafv2").create_web_acl(
            Name=name,
            Scope=scope,
            DefaultAction={"Allow": {}},
            VisibilityConfig=VISIBILITY,
            Tags=TAG_LIST,
        )["Summary"]
        shows: dict[str, Any] = {"DefaultAction": {"Allow": {}}}
        yield place.planted("WAFv2::WebACL", made["ARN"], shows, name=name)
