"""Nobody's regions have to be listed for the services that are global."""

import re

import pytest

from cidb2.services import REGIONAL, unlisted_region
from cidb2.types.catalog import DECLARED
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


BY_HAND = {
    name: {each.type for each in declared.types if each.listing.is_by_hand}
    for name, declared in DECLARED.items()
}


@pytest.mark.parametrize("service", [name for name, types in BY_HAND.items() if types])
def test_types_read_by_hand_are_those_that_a_collector_finds(service: str) -> None:
    module = ROOT / "functions" / f"{service}_collector" / "collector.py"
    assert {*re.findall(r'"(AWS::\w+::\w+)"', module.read_text())} == BY_HAND[service]
