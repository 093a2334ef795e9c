"""Nobody's regions have to be listed for the services that are global."""

import re

import pytest

from cidb2.services import COLLECTOR_OF, SERVICES, TITLES
from cidb2.types.catalog import DECLARED, unlisted_region
from tests.support.template import ROOT


@pytest.mark.parametrize(
    ("service", "region"), [("iam", "global"), ("s3", "global"), ("kms", "*"), ("ec2", "*")]
)
def test_an_account_that_cannot_be_opened_has_one_row_a_service(service: str, region: str) -> None:
    assert unlisted_region(service) == region


def test_what_is_collected_is_declared() -> None:
    assert {*SERVICES} <= {*DECLARED}


def test_every_service_that_is_declared_has_a_title() -> None:
    assert DECLARED.keys() - TITLES.keys() == set()


BY_HAND = {
    name: {each.type for each in declared.types if each.listing.is_by_hand}
    for name, declared in DECLARED.items()
}


@pytest.mark.parametrize("service", [name for name, types in BY_HAND.items() if types])
def test_types_read_by_hand_are_those_that_a_collector_finds(service: str) -> None:
    folder = ROOT / "functions" / f"{COLLECTOR_OF[service]}_collector"
    code = "".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    assert {*re.findall(r'"(AWS::\w+::\w+)"', code)} == BY_HAND[service]
