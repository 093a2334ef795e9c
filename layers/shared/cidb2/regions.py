"""The regions of an account."""

from collections.abc import Sequence
from dataclasses import dataclass

from cidb2.clients import Clients

_DISABLED = "not-opted-in"


@dataclass(frozen=True, slots=True)
class Regions:
    """The regions that an account may use, and those that it has not opted in to, in order."""

    enabled: Sequence[str]
    disabled: Sequence[str] = ()


def regions_of(account: Clients) -> Regions:
    """Return the regions as EC2 DescribeRegions names them to an account."""
    answer = account.client("ec2").describe_regions(AllRegions=True)
    regions = sorted(answer["Regions"], key=lambda region: region["RegionName"])
    disabled = [one["RegionName"] for one in regions if one.get("OptInStatus") == _DISABLED]
    enabled = [one["RegionName"] for one in regions if one["RegionName"] not in disabled]
    return Regions(enabled, disabled)
