"""The regions of an account."""

from cidb2.clients import Clients

_DISABLED = "not-opted-in"


def enabled_regions(account: Clients) -> list[str]:
    """Return the regions that are enabled in the account, in order (EC2 DescribeRegions)."""
    answer = account.client("ec2").describe_regions(AllRegions=True)
    return sorted(
        region["RegionName"]
        for region in answer["Regions"]
        if region.get("OptInStatus") != _DISABLED
    )
