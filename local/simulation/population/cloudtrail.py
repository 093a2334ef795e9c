"""Plants a trail with logging turned off."""

from collections.abc import Iterator

from local.simulation.population.place import TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a multi-Region trail, which all regions list, and its bucket."""
    place = Place(site, client, "cloudtrail")
    bucket = f"trails-{place.account}"
    place.client("s3").create_bucket(Bucket=bucket)
    cloudtrail, insights = place.client("cloudtrail"), [{"InsightType": "ApiCallRateInsight"}]
    cloudtrail.create_trail(
        Name="all", S3BucketName=bucket, IsMultiRegionTrail=True, TagsList=TAG_LIST
    )
    cloudtrail.put_insight_selectors(TrailName="all", InsightSelectors=insights)
    shows = {
        "S3BucketName": bucket,
        "supplementaryConfiguration.Status.IsLogging": False,
        "supplementaryConfiguration.InsightSelectors": insights,
    }
    found = ("TRAIL_NOT_LOGGING", "TRAIL_WITHOUT_VALIDATION")
    yield place.planted("CloudTrail::Trail", "trail/all", shows, findings=found)
