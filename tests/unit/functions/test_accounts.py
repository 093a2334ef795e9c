"""Accounts of an organisation, or of some of its units, each once and in order."""

from typing import Any, cast

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from cidb2.errors import (
    InvalidInputError,
    OrganizationUnavailableError,
    OrganizationUnreadableError,
)
from cidb2.reasons import error_code
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


NO_PARENT = client_error("ParentNotFoundException")


def tree(units: dict[str, tuple[list[int], list[str]]] = TREE) -> Organization:
    """Return an organisation of units within units."""

    def accounts(ParentId: str) -> Any:
        return [{"Accounts": map(answer, units[ParentId][0])}] if ParentId in units else NO_PARENT

    def below(ParentId: str) -> Any:
        return [{"OrganizationalUnits": [{"Id": unit}]} for unit in units[ParentId][1]]

    return organization(
        list_accounts_for_parent=accounts, list_organizational_units_for_parent=below
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


@pytest.mark.parametrize(
    "error",
    [
        client_error("TooManyRequestsException"),
        client_error("ServiceException", status=500),
        client_error("Odd", status=503),
        EndpointConnectionError(endpoint_url="https://aws"),
        ReadTimeoutError(endpoint_url="https://aws"),
    ],
    ids=error_code,
)
def test_an_organisation_that_cannot_answer_now_is_told_from_one_that_refuses(
    error: Exception,
) -> None:
    for listing in (
        organization(list_accounts=error).accounts,
        lambda: organization(list_accounts_for_parent=error).accounts_below(["ou-a"]),
    ):
        with pytest.raises(OrganizationUnavailableError, match=error_code(error)) as raised:
            listing()
        assert str(raised.value).startswith("accounts: ")


def test_a_page_whose_token_organizations_refuses_is_a_reason_to_read_anew() -> None:
    expired = client_error("InvalidInputException")
    with pytest.raises(OrganizationUnreadableError):
        organization(list_accounts=expired).accounts()
    expired.response["Reason"] = "INVALID_PAGINATION_TOKEN"  # type: ignore[typeddict-unknown-key]
    with pytest.raises(OrganizationUnavailableError):
        organization(list_accounts=expired).accounts()


def test_a_unit_that_the_organisation_does_not_have_is_named_by_its_field() -> None:
    with pytest.raises(InvalidInputError) as refused:
        tree().accounts_below(["ou-a", "ou-gone"])
    assert refused.value.field == "accounts.organizational_units[1]"
    assert "ou-gone" in str(refused.value)
    assert "(allowed: " in str(refused.value)


def test_a_unit_that_goes_while_the_organisation_is_read_is_no_mistake_of_the_input() -> None:
    organisation = tree({"ou-a": ([2], ["ou-gone"])})
    with pytest.raises(OrganizationUnavailableError, match="ParentNotFoundException"):
        organisation.accounts_below(["ou-a"])


def test_an_account_that_is_named_twice_counts_once_as_it_was_named_last() -> None:
    pages = [
        {"Accounts": [answer(1, Name="old"), answer(2)]},
        {"Accounts": [answer(1, Name="new"), answer(2, State="SUSPENDED")]},
    ]
    assert organization(list_accounts=pages).accounts() == [
        Account(f"{1:012}", "new"),
        account(2, is_active=False),
    ]


def test_an_account_that_moves_between_units_meanwhile_counts_once() -> None:
    moving = tree({"ou-a": ([2, 3], []), "ou-b": ([3], [])})
    assert moving.accounts_below(["ou-a", "ou-b"]) == [account(2), account(3)]


@pytest.mark.parametrize("missing", ["State", "Name"])
def test_an_account_of_which_aws_does_not_say_everything_is_collected(missing: str) -> None:
    told = {name: value for name, value in answer(1).items() if name != missing}
    [found] = organization(list_accounts=[{"Accounts": [told]}]).accounts()
    assert (found.account_id, found.is_active) == (f"{1:012}", True)


@pytest.mark.parametrize("page", [{}, {"Accounts": [answer(1), {"Name": "nobody"}]}])
def test_where_aws_leaves_out_an_account_the_run_may_be_tried_again(page: dict[str, Any]) -> None:
    with pytest.raises(OrganizationUnavailableError, match="AWS's answer lacks"):
        organization(list_accounts=[page]).accounts()


@pytest.mark.parametrize("page", [{}, {"OrganizationalUnits": [{"Name": "nobody"}]}])
def test_where_aws_leaves_out_a_unit_the_run_may_be_tried_again(page: dict[str, Any]) -> None:
    broken = organization(
        list_accounts_for_parent=[{"Accounts": []}], list_organizational_units_for_parent=[page]
    )
    with pytest.raises(OrganizationUnavailableError, match="AWS's answer lacks"):
        broken.accounts_below(["r-root"])
