"""Every declared type, read from answers with all members: whole, and each lacking once."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cidb2.aws.attributes import from_attributes
from cidb2.items.claim_check import ClaimCheck
from cidb2.items.consistency import check_scope
from cidb2.items.item import Change, Item, live_item
from cidb2.items.resource import Resource
from cidb2.items.rows import current_row
from cidb2.lake.listings import line
from cidb2.publishing.messages import message_of
from cidb2.scope import GLOBAL, Scope
from cidb2.types.catalog import DECLARED
from cidb2.types.declaration import ResourceType, ServiceTypes
from cidb2.types.models import result_of
from cidb2.types.paths import ITSELF
from cidb2.validation import check
from tests.support.builders import ACCOUNT, MOMENT, REGION, RUN_ID
from tests.support.items import ARNS
from tests.support.modelled import (
    SECRET,
    answers_of,
    members,
    reading_of,
    with_secrets,
    without,
)

TYPES = {
    each.type: (service, each)
    for service in DECLARED.values()
    for each in service.types
    if not each.listing.is_by_hand
}
KNOWN_SECRETS = {
    "AWS::IAM::SAMLProvider": {"configuration.SAMLMetadataDocument"},
    "AWS::IAM::VirtualMFADevice": {"configuration.Base32StringSeed", "configuration.QRCodePNG"},
    "AWS::EC2::VPNConnection": {
        "configuration.CustomerGatewayConfiguration",
        "configuration.Options.TunnelOptions.PreSharedKey",
    },
    "AWS::EC2::LaunchTemplate": {
        "supplementaryConfiguration.Versions.LaunchTemplateData.UserData",
    },
}
"""What is left out today. A botocore that forgets one of them would let it in."""


def item_of(service: ServiceTypes, resource: Resource) -> Item:
    scope = Scope(ACCOUNT, service.service, GLOBAL if service.is_global else REGION)
    return live_item(resource, scope, RUN_ID, Change.CREATED, MOMENT)


def checked(service: ServiceTypes, resource: Resource) -> Item:
    """Return an item that the reporter takes."""
    item = item_of(service, resource)
    check("item", item, "item")
    check_scope(item)
    return item


@pytest.mark.parametrize("name", TYPES)
def test_a_type_is_read_whole(name: str) -> None:
    service, declared = TYPES[name]
    for resource in reading_of(service, declared, answers_of(service, declared)).read():
        item = checked(service, resource)
        assert item["arn"] == ARNS[name].format(account=ACCOUNT, region=REGION, name="one")
        assert (item["unreadable"], item["tags"] is None) == ({}, False)
        assert item["supplementaryConfiguration"].keys() == {*declared.fields, *declared.around}
        assert item["configuration"]


@pytest.mark.parametrize("name", TYPES)
def test_a_member_that_lacks_costs_a_field_or_the_entry_that_it_names(name: str) -> None:
    service, declared = TYPES[name]
    answers = answers_of(service, declared)
    whole = {each.arn for each in reading_of(service, declared, answers).read()}
    for operation, place, lacking in lacking_one(answers):
        reading = reading_of(service, declared, {**answers, operation: lacking})
        lacks = [page.lacks for page in reading.pages() if page.lacks]
        resources = reading.read()
        for resource in resources:
            checked(service, resource)
        if lacks:
            listed = {each.listing.operation: each for each in (declared, *parent_of(name))}
            assert is_identity(service, listed[operation], place), (operation, place)
        else:
            assert {each.arn for each in resources} == whole, (operation, place)


def parent_of(name: str) -> list[ResourceType]:
    service, declared = TYPES[name]
    return [each for each in service.types if each.type == declared.listing.parent]


def lacking_one(answers: dict[str, Any]) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    for operation, answer in answers.items():
        for place in members(answer):
            yield operation, place, without(answer, place)


def is_identity(service: ServiceTypes, declared: ResourceType, place: Any) -> bool:
    """Tell whether a member at a place is a list of entries, or what names one."""
    result = declared.result or result_of(service.client, declared.listing.operation)
    if result == ITSELF:
        return True
    path = ".".join(part for part in place if isinstance(part, str))
    named = {declared.id, declared.region, *service.arns[declared.type].paths} - {""}
    lists = {result, result.partition(".")[0]}
    return path in lists | {f"{result}.{each}" for each in named}


@pytest.mark.parametrize("name", TYPES)
def test_no_secret_is_in_an_item_a_message_a_row_or_the_lake(name: str) -> None:
    service, declared = TYPES[name]
    planted, count = with_secrets(service, declared, answers_of(service, declared))
    assert (SECRET in json.dumps(planted, default=str)) is (count > 0)
    omitted = set[str]()
    for resource in reading_of(service, declared, planted).read():
        item = checked(service, resource)
        row = from_attributes(current_row(item, None))
        message = message_of(item, NO_CLAIM_CHECK)
        for kept in (item, row, message, line(item)):
            assert SECRET not in repr(kept)
        omitted |= {*item.get("omitted", [])}
    assert bool(omitted) is (count > 0)
    assert omitted == KNOWN_SECRETS.get(name, set())


class _NoClaimCheck(ClaimCheck):
    """None of these items is too large for a message."""

    def __init__(self) -> None:
        pass


NO_CLAIM_CHECK = _NoClaimCheck()
