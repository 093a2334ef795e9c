"""What a person is told that the collectors will ask of real accounts."""

import pytest

from cidb2.types.catalog import REGIONAL
from local.real.reads import Reads
from tests.support.template import ROOT

READS = Reads.of(ROOT / "member-account" / "template.yaml")


@pytest.mark.parametrize("service", REGIONAL)
def test_a_regional_service_is_said_to_ask_for_the_regions(service: str) -> None:
    told = READS.by_service((service,))
    assert ("DescribeRegions" in told.get("ec2", ())) is REGIONAL[service]
    assert told.keys() == ({service, "ec2"} if REGIONAL[service] else {service})
