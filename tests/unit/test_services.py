"""Nobody's regions have to be listed for the services that are global."""

import re

import pytest

from cidb2.services import REGIONAL, unlisted_region
from cidb2.types.catalog import DECLARED, TYPES
from tests.support.template import ROOT


@pytest.mark.parametrize(
    ("service", "region"), [("iam", "global"), ("s3", "global"), ("kms", "*"), ("ec2", "*")]
)
def test_an_account_that_cannot_be_opened_has_one_row_a_service(service: str, region: str) -> None:
    assert unlisted_region(service) == region


def test_the_services_are_those_that_are_declared() -> None:
    assert {name: declared.is_global for name, declared in DECLARED.items()} == {
        name: not is_regional for name, is_regional in REGIONAL.items()
    }


BY_HAND = [
    name
    for name, declared in DECLARED.items()
    if all(each.listing.is_by_hand for each in declared.types)
]


@pytest.mark.parametrize("service", BY_HAND)
def test_the_types_of_a_service_are_those_that_its_collector_finds(service: str) -> None:
    module = ROOT / "functions" / f"{service}_collector" / "collector.py"
    assert {*re.findall(r'"(AWS::\w+::\w+)"', module.read_text())} == {*TYPES[service]}
