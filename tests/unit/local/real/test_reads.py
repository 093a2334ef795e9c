"""What a person is told that the collectors will ask of real accounts."""

import pytest

from cidb2.services import SERVICES
from cidb2.types.actions import iam_prefix
from cidb2.types.catalog import DECLARED, REGIONAL
from local.real.reads import Reads
from tests.support.template import ROOT

READS = Reads.of(ROOT / "member-account" / "template.yaml")


@pytest.mark.parametrize("service", REGIONAL)
def test_a_regional_service_is_said_to_ask_for_the_regions(service: str) -> None:
    told = READS.by_service((service,))
    assert ("DescribeRegions" in told.get("ec2", ())) is REGIONAL[service]
    prefix = iam_prefix(DECLARED[service].client)
    assert told.keys() == ({prefix, "ec2"} if REGIONAL[service] else {prefix})


def test_services_with_the_same_prefix_are_said_to_ask_only_what_each_of_them_needs() -> None:
    points, buckets = (READS.by_service((service,))["s3"] for service in ("s3control", "s3"))
    assert "ListAccessPoints" in points
    assert "ListAllMyBuckets" in buckets
    assert not {*points} & {*buckets}


def test_every_service_that_the_role_may_read_can_be_chosen() -> None:
    assert READS.services == SERVICES
    assert Reads(("s3:ListAccessPoints",), "reader").services == ("s3control",)
