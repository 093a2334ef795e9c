"""Regions are those that the account has enabled."""

from typing import Any, cast

from cidb2.regions import Regions, regions_of
from tests.support.fakes import FakeAccount, FakeAws

REGIONS = [
    {"RegionName": "eu-west-1", "OptInStatus": "opt-in-not-required"},
    {"RegionName": "af-south-1", "OptInStatus": "opted-in"},
    {"RegionName": "me-south-1", "OptInStatus": "not-opted-in"},
    {"RegionName": "us-east-1"},
]


def test_regions_that_are_not_opted_in_are_told_apart_all_in_order() -> None:
    ec2 = FakeAws(describe_regions={"Regions": REGIONS})
    account = cast("Any", FakeAccount(ec2=ec2))
    assert regions_of(account) == Regions(["af-south-1", "eu-west-1", "us-east-1"], ["me-south-1"])
