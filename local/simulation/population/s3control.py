"""Plants S3 access points: one open to everybody, and one for a VPC."""

import json
from collections.abc import Iterator

from local.simulation.population.place import TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

BLOCKED = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
SECTION = "supplementaryConfiguration"


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a public access point of a bucket, and one for a VPC, with the default block."""
    place = Place(site, client, "s3")
    control, bucket = place.client("s3control"), f"reports-{place.account}"
    own = {"AccountId": place.account, "Bucket": bucket}
    opened = dict.fromkeys(BLOCKED, False)
    policy = _policy(place.arn("accesspoint/everybody"))
    control.create_access_point(
        **own, Name="everybody", PublicAccessBlockConfiguration=opened, Tags=TAG_LIST
    )
    control.put_access_point_policy(
        AccountId=place.account, Name="everybody", Policy=json.dumps(policy)
    )
    shows: dict[str, object] = {
        "Bucket": bucket,
        "NetworkOrigin": "Internet",
        "PublicAccessBlockConfiguration": opened,
        f"{SECTION}.Policy": policy,
        f"{SECTION}.PolicyStatus": {"IsPublic": True},
    }
    yield place.planted(
        "S3::AccessPoint",
        "accesspoint/everybody",
        shows,
        findings=("PUBLIC_RESOURCE_POLICY",),
    )
    control.create_access_point(**own, Name="internal", VpcConfiguration={"VpcId": place.vpc})
    shows = {
        "NetworkOrigin": "VPC",
        "VpcConfiguration.VpcId": place.vpc,
        "PublicAccessBlockConfiguration": dict.fromkeys(BLOCKED, True),
        f"{SECTION}.Policy": None,
        f"{SECTION}.PolicyStatus": None,
    }
    yield place.planted("S3::AccessPoint", "accesspoint/internal", shows, tags={})


def _policy(arn: str) -> dict[str, object]:
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"{arn}/object/*",
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
