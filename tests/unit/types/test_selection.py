"""What an execution input selects: services, and of some of them only the listings of types."""

from typing import Any

import pytest

from cidb2.errors import InvalidInputError
from cidb2.services import SERVICES
from cidb2.types.catalog import DECLARED, SERVICE_OF
from cidb2.types.selection import (
    check_input,
    is_narrowed,
    selected_listings,
    selected_services,
)
from tests.support.events import load_event
from tools.services import declared

VOLUME, ROLE, KEY = "AWS::EC2::Volume", "AWS::IAM::Role", "AWS::KMS::Key"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"types": [VOLUME]},
        {"types": [VOLUME, VOLUME, ROLE]},
        {"types": [VOLUME], "services": ["ec2", "kms"]},
        {"types": [*SERVICE_OF]},
        load_event("execution-types"),
    ],
)
def test_good_types_pass(given: Any) -> None:
    check_input(given)


@pytest.mark.parametrize(
    ("given", "field", "allowed"),
    [
        ({"types": []}, "types", "a list of resource types"),
        ({"types": VOLUME}, "types", "a list of resource types"),
        ({"types": [VOLUME, None]}, "types[1]", "a resource type such as AWS::EC2::Volume"),
        ({"types": ["A" * 129]}, "types[0]", "a resource type such as AWS::EC2::Volume"),
        ({"types": [VOLUME, "AWS::EC2::Volumes"]}, "types[1]", f"types such as {VOLUME}"),
        ({"types": [VOLUME.lower()]}, "types[0]", f"types such as {VOLUME}"),
        ({"types": ["Volume"]}, "types[0]", f"types such as {VOLUME}"),
        ({"types": [""]}, "types[0]", "types such as AWS::"),
        ({"types": ["\ud800\n"]}, "types[0]", "types such as AWS::"),
        ({"types": [KEY, VOLUME], "services": ["kms"]}, "types[1]", "types of kms"),
        ({"types": [VOLUME], "services": ["fax"]}, "services[0]", "one of iam"),
        ({"types": ["AWS::Nobody::Thing"], "accounts": [1]}, "accounts[0]", "12 digits"),
    ],
)
def test_bad_types_are_refused_by_the_field_and_what_is_allowed(
    given: Any, field: str, allowed: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        check_input(given)
    message = str(refused.value)
    assert refused.value.field == field
    assert message.startswith(f"{field}: ")
    assert allowed in message.partition("(allowed: ")[2]
    assert "\n" not in message
    assert message.isprintable()


@pytest.mark.parametrize(
    ("given", "services"),
    [
        ({}, SERVICES),
        ({"types": [VOLUME]}, ("ec2",)),
        ({"types": [VOLUME, ROLE]}, ("iam", "ec2")),
        ({"services": ["kms", "iam", "kms"]}, ("iam", "kms")),
        ({"types": [VOLUME], "services": ["kms", "ec2"]}, ("kms", "ec2")),
    ],
)
def test_services_are_those_that_the_input_names_else_those_of_its_types(
    given: Any, services: tuple[str, ...]
) -> None:
    assert selected_services(given) == services


def test_a_service_is_narrowed_to_the_listings_that_return_one_of_the_types() -> None:
    assert selected_listings("ec2", (VOLUME, KEY)) == {"DescribeVolumes"}
    assert is_narrowed("ec2", (VOLUME, KEY))


def test_a_service_without_any_of_the_types_is_collected_in_full() -> None:
    assert selected_listings("ec2", (KEY,)) == selected_listings("ec2", ())
    assert not is_narrowed("ec2", (KEY,))


def test_a_service_whose_listings_all_return_one_of_the_types_is_not_narrowed() -> None:
    assert not is_narrowed("kms", (KEY,))


def test_a_listing_is_collected_for_any_of_its_types() -> None:
    assert "GetAccountAuthorizationDetails" in selected_listings("iam", (ROLE,))
    assert selected_listings("iam", (ROLE,)) == selected_listings("iam", ("AWS::IAM::User",))


@pytest.mark.parametrize("service", SERVICES)
def test_every_type_that_can_be_selected_has_a_listing_that_its_collector_makes(
    service: str,
) -> None:
    made = {each.name for each in declared(service).listings}
    assert made == {each.listing.name for each in DECLARED[service].types}
