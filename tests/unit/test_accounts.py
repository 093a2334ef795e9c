"""Accounts of an organisation, or of some of its units, each once and in order."""

from typing import Any, cast

import pytest
from botocore.exceptions import EndpointConnectionError

from cidb2.errors import OrganizationUnreadableError
from functions.initializer.accounts import Account, Organization
from tests.support.builders import client_error
from tests.support.fakes import FakeAws


def answer(number: int, **changes: str) -> dict[str, str]:
    return {"Id": f"{number:012}", "Name": f"name {number}", "State": "ACTIVE", **changes}


def account(number: int, *, is_active: bool = True) -> Account:
    return Account(f"{number:012}", f"name {number}", is_active)


def organization(**answers: Any) -> Organization:
    return Organization(cast("Any", FakeAws(**answers)))


TREE: dict[str, tuple[list[int], list[str]]] = {
    "r-root": ([1], ["ou-a", "ou-b"]),
    "ou-a": ([2, 3], ["ou-a-deep"]),
    "ou-a-deep": ([4], []),
    "ou-b": ([], []),
}


def tree() -> Organization:
    """Return an organisation of units within units."""
    return organization(
        list_accounts_for_parent=lambda ParentId: [{"Accounts": map(answer, TREE[ParentId][0])}],
        list_organizational_units_for_parent=lambda ParentId: [
            {"OrganizationalUnits": [{"Id": unit}]} for unit in TREE[ParentId][1]
        ],
    )


def test_every_page_of_the_organisation_is_read_in_order() -> None:
    pages = [{"Accounts": [answer(3), answer(1)]}, {"Accounts": [answer(2)]}]
    assert organization(list_accounts=pages).accounts() == [account(1), account(2), account(3)]


@pytest.mark.parametrize(
    ("given", "active"),
    [
        ({"State": "ACTIVE"}, True),
        ({"State": "SUSPENDED"}, False),
        ({"State": "PENDING_CLOSURE"}, False),
        ({"State": "PENDING_ACTIVATION"}, False),
        ({"State": "SUSPENDED", "Status": "ACTIVE"}, False),
        ({"State": "", "Status": "ACTIVE"}, True),
        ({"State": "", "Status": "SUSPENDED"}, False),
    ],
)
def test_an_account_is_active_where_organizations_says_so(
    given: dict[str, str], active: bool
) -> None:
    pages = [{"Accounts": [answer(1, **given)]}]
    assert organization(list_accounts=pages).accounts() == [account(1, is_active=active)]


def test_a_unit_means_all_units_below_it_too() -> None:
    assert tree().accounts_below(["ou-a"]) == [account(2), account(3), account(4)]
    assert tree().accounts_below(["r-root"]) == [account(each) for each in (1, 2, 3, 4)]


def test_an_account_in_two_of_the_units_counts_once() -> None:
    below = tree().accounts_below(["ou-a-deep", "ou-a", "ou-b"])
    assert below == [account(2), account(3), account(4)]


@pytest.mark.parametrize(
    ("error", "named"),
    [
        (client_error("AccessDeniedException"), "AccessDeniedException"),
        (client_error("AWSOrganizationsNotInUseException"), "AWSOrganizationsNotInUseException"),
        (EndpointConnectionError(endpoint_url="https://aws"), "EndpointConnectionError"),
    ],
)
def test_an_organisation_that_cannot_be_read_says_why_and_what_to_do(
    error: Exception, named: str
) -> None:
    with pytest.raises(OrganizationUnreadableError) as raised:
        organization(list_accounts=error).accounts()
    message = str(raised.value)
    assert message.startswith("accounts: ")
    assert named in message
    assert "TargetAccounts" in message
    assert "delegated administrator" in message
