"""The organisation is collected in one account: each of its listings for itself, once."""

from typing import Any

import pytest

from cidb2.aws.table import Table
from cidb2.items.accounts import organization_accounts
from cidb2.items.claim_check import ClaimCheck
from cidb2.items.inventory import Inventory
from tests.support.aws import HUB, MEMBER, OTHER_MEMBER, client
from tests.support.hub import BUCKET, INVENTORY_TABLE, Hub, run_state
from tests.support.organization import Organization
from tests.support.wire import Wire

pytestmark = pytest.mark.integration

FIRST, SECOND = "20261124T034830Z-0000000s1", "20261125T034830Z-0000000s1"
WORK, PROD = "ou-1234-work1234", "ou-1234-prod1234"
SCOPE = f"{HUB}/organizations/global"


@pytest.fixture
def founded(hub: Hub) -> Organization:
    """Return an organisation whose units lie in each other, with an account in the inner one."""
    founded = Organization()
    founded.add_account(MEMBER, founded.add_unit(PROD, founded.add_unit(WORK)))
    founded.add_account(OTHER_MEMBER)
    return founded


def take(hub: Hub, run_id: str = FIRST, account: str = HUB, of: str = HUB) -> dict[str, Any]:
    """Collect Organizations in an account; return the existing items by their ids."""
    run = run_state(run_id, services=["organizations"], organizationAccount=of)
    items = hub.take("organizations", account, run=run).values()
    return {
        item["resourceId"]: item
        for item in items
        if item["configurationItemStatus"] != "ResourceDeleted"
    }


def test_accounts_units_and_the_organisation_are_items_of_the_account_that_reads_them(
    hub: Hub, founded: Organization
) -> None:
    founded.suspend(OTHER_MEMBER)
    found = take(hub)
    assert {HUB, MEMBER, OTHER_MEMBER, WORK, PROD} < found.keys()
    assert {item["accountId"] for item in found.values()} == {HUB}
    assert found[OTHER_MEMBER]["configuration"]["State"] == "SUSPENDED"
    assert "Email" not in found[MEMBER]["configuration"]
    assert found[MEMBER]["omitted"] == ["configuration.Email"]
    assert found[PROD]["supplementaryConfiguration"] == {
        "ParentId": WORK,
        "NamePath": f"Root/{WORK}/{PROD}",
    }
    assert hub.scopes(FIRST)[SCOPE]["outcome"] == "COMPLETE"


def test_another_account_reads_nothing_of_it_and_is_not_entered(
    hub: Hub, founded: Organization, wire: Wire
) -> None:
    assert take(hub, account=MEMBER) == {}
    assert (hub.scopes(FIRST), wire.of("AssumeRole")) == ({}, [])


def test_no_other_session_has_its_actions(hub: Hub, founded: Organization, wire: Wire) -> None:
    for account in (HUB, MEMBER):
        run = run_state(FIRST, organizationAccount=HUB, regions=["us-east-1"])
        event = {"run": run, "account": {"accountId": account, "name": ""}, "continuation": None}
        hub.invoke("operations_collector", event)
    told = {
        call.parameters["RoleArn"].split(":")[4]: "organizations:" in call.parameters["Policy"]
        for call in wire.of("AssumeRole")
    }
    assert told == {HUB: True, MEMBER: False}


def test_a_listing_that_fails_deletes_nothing_and_keeps_no_other_from_deleting(
    hub: Hub, founded: Organization, wire: Wire
) -> None:
    empty = founded.add_unit("ou-1234-gone1234")
    assert empty in take(hub)
    client("organizations").delete_organizational_unit(OrganizationalUnitId=empty)
    wire.refuses("ListAccounts", "AccessDeniedException")
    found = take(hub, SECOND)
    assert {HUB, MEMBER, OTHER_MEMBER, WORK, PROD} < found.keys()
    assert empty not in found
    scope = hub.scopes(SECOND)[SCOPE]
    assert scope["outcome"] == "PARTIAL"
    assert [*scope["listings"]] == ["ListAccounts"]


def test_a_unit_whose_children_are_denied_deletes_none(
    hub: Hub, founded: Organization, wire: Wire
) -> None:
    take(hub)
    wire.refuses("ListOrganizationalUnitsForParent", "AccessDeniedException", ParentId=WORK)
    assert PROD in take(hub, SECOND)
    assert [*hub.scopes(SECOND)[SCOPE]["listings"]] == ["ListOrganizationalUnitsForParent"]


def test_an_account_that_moves_changes_and_its_resources_are_found_below_its_new_unit(
    hub: Hub, founded: Organization
) -> None:
    take(hub)
    client("organizations").move_account(
        AccountId=MEMBER, SourceParentId=PROD, DestinationParentId=WORK
    )
    client("organizations").tag_resource(ResourceId=MEMBER, Tags=[{"Key": "team", "Value": "core"}])
    assert take(hub, SECOND)[MEMBER]["change"] == "CHANGED"
    claim_check = ClaimCheck(client("s3"), BUCKET)
    known = organization_accounts(
        Inventory(Table(client("dynamodb"), INVENTORY_TABLE), claim_check)
    )
    assert (known[MEMBER].unit, known[MEMBER].tags) == (f"Root/{WORK}", {"team": "core"})
    assert known[MEMBER].is_below(WORK)
    assert not known[MEMBER].is_below(PROD)
    assert known[HUB].unit == "Root"


def test_an_account_outside_of_any_organisation_has_nothing_of_it(hub: Hub) -> None:
    assert take(hub) == {}
    assert hub.scopes(FIRST)[SCOPE]["outcome"] == "COMPLETE"
