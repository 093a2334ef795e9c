"""Organizational units: the whole tree, with names from the root down, from any token on."""

from typing import Any, cast

import pytest

from cidb2.errors import ResourceGoneError
from cidb2.items.item import Change, live_item
from cidb2.items.resource import Resource
from cidb2.scope import GLOBAL, Scope
from functions.operations_collector.organizational_units import UnitReader
from tests.support.builders import ACCOUNT, MOMENT, RUN_ID, a_run, client_error
from tests.support.fakes import FakeAccount, FakeAws

SCOPE = Scope(ACCOUNT, "organizations", GLOBAL)
ROOT = "r-1234"
TREE: dict[str, list[list[str]]] = {
    ROOT: [["work", "sand"], ["late"]],
    "work": [["prod"]],
    "prod": [["eu"], ["us"]],
    "us": [[]],
}
"""The pages of units below each parent; a parent that is not named has none."""


def entry(unit: str) -> dict[str, str]:
    arn = f"arn:aws:organizations::999999999999:ou/o-exampleorg/ou-1234-{unit}"
    return {"Id": unit, "Arn": arn, "Name": unit.title(), "Path": f"o-exampleorg/{ROOT}/{unit}/"}


def below(ParentId: str, NextToken: str = "0", **_: Any) -> Any:
    pages = TREE.get(ParentId, [[]])
    for number in range(int(NextToken), len(pages)):
        more = {"NextToken": str(number + 1)} if number + 1 < len(pages) else {}
        yield {"OrganizationalUnits": [entry(unit) for unit in pages[number]], **more}


def organization(**answers: Any) -> FakeAws:
    known: dict[str, Any] = {
        "list_roots": [{"Roots": [{"Id": ROOT, "Name": "Root"}]}],
        "list_organizational_units_for_parent": below,
        "list_tags_for_resource": [
            {"Tags": [{"Key": "team", "Value": "core"}], "NextToken": "2"},
            {"Tags": [{"Key": "stage", "Value": "prod"}]},
        ],
    }
    return FakeAws(**known | answers)


def reader(client: FakeAws) -> UnitReader:
    return UnitReader(cast("Any", FakeAccount(organizations=client)), SCOPE, a_run())


def names(client: FakeAws, token: str | None = None) -> list[str]:
    pages = reader(client).pages(token)
    return [listed.detail.names for page in pages for listed in page.listed]


def read(client: FakeAws) -> Resource:
    """Return the unit of production, as it is read."""
    reading = reader(client)
    listed = [listed for page in reading.pages(None) for listed in page.listed]
    [found] = [one for one in listed if one.detail.id == "prod"]
    return reading.read(found)


def test_every_unit_is_listed_once_whatever_it_is_below() -> None:
    client = organization()
    assert sorted(names(client)) == [
        "Root/Late",
        "Root/Sand",
        "Root/Work",
        "Root/Work/Prod",
        "Root/Work/Prod/Eu",
        "Root/Work/Prod/Us",
    ]
    asked = [each["ParentId"] for each in client.arguments["list_organizational_units_for_parent"]]
    assert sorted(asked) == sorted([ROOT, "work", "sand", "late", "prod", "eu", "us"])


def test_the_walk_goes_on_at_every_token() -> None:
    whole = [*reader(organization()).pages(None)]
    rest = [listed.detail.names for page in whole for listed in page.listed]
    for page in whole[:-1]:
        rest = rest[len(page.listed) :]
        assert names(organization(), page.next_token) == rest
    assert whole[-1].next_token is None


def test_a_unit_has_its_parent_its_names_and_its_tags() -> None:
    unit = read(organization())
    assert (unit.resource_id, unit.resource_name, unit.region) == ("prod", "Prod", GLOBAL)
    assert unit.configuration == entry("prod")
    assert unit.supplementary == {"ParentId": "work", "NamePath": "Root/Work/Prod"}
    assert unit.tags == {"team": "core", "stage": "prod"}
    item = live_item(unit, SCOPE, RUN_ID, Change.CREATED, MOMENT)
    assert item["arn"] == entry("prod")["Arn"]


def test_tags_that_are_denied_are_unreadable_and_the_unit_is_not_gone() -> None:
    unit = read(organization(list_tags_for_resource=client_error("AccessDeniedException")))
    assert unit.tags is None
    assert unit.unreadable_codes == {"tags": "AccessDeniedException"}


def test_a_unit_that_is_deleted_before_its_tags_are_read_is_gone() -> None:
    with pytest.raises(ResourceGoneError):
        read(organization(list_tags_for_resource=client_error("TargetNotFoundException")))


@pytest.mark.parametrize("gone", ["work", "us"])
def test_a_parent_that_is_deleted_meanwhile_has_no_units(gone: str) -> None:
    def answer(ParentId: str, **arguments: Any) -> Any:
        if ParentId == gone:
            raise client_error("ParentNotFoundException")
        return below(ParentId, **arguments)

    pages = [
        *reader(organization(list_organizational_units_for_parent=answer)).pages(None),
    ]
    found = {listed.detail.id for page in pages for listed in page.listed}
    assert {"work", "sand", "late"} <= found
    assert pages[-1].next_token is None


def test_a_parent_that_is_denied_ends_the_listing_with_the_error() -> None:
    def answer(ParentId: str, **arguments: Any) -> Any:
        return client_error("AccessDeniedException") if ParentId == "work" else below(ParentId)

    with pytest.raises(Exception, match="AccessDeniedException"):
        names(organization(list_organizational_units_for_parent=answer))


@pytest.mark.parametrize("member", ["Id", "Arn", "Name"])
def test_a_unit_without_a_name_leaves_a_gap(member: str) -> None:
    nameless = {key: value for key, value in entry("work").items() if key != member}
    pages = [{"OrganizationalUnits": [nameless, entry("sand")]}]

    def answer(ParentId: str, **_: Any) -> Any:
        return pages if ParentId == ROOT else [{"OrganizationalUnits": []}]

    first, *_ = reader(organization(list_organizational_units_for_parent=answer)).pages(None)
    assert first.lacks == member
    assert [listed.detail.id for listed in first.listed] == ["sand"]


def test_an_account_in_no_organisation_has_no_units() -> None:
    not_in_use = client_error("AWSOrganizationsNotInUseException")
    assert names(organization(list_roots=not_in_use)) == []
    with pytest.raises(Exception, match="AccessDeniedException"):
        names(organization(list_roots=client_error("AccessDeniedException")))
