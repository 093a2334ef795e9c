"""Accounts that a person asks for by name, unit and tags."""

from collections.abc import Mapping
from typing import Any

import pytest

from cidb2.items.accounts import AccountFacts
from cli.accounts import WantedAccounts, with_account
from cli.errors import CliError
from cli.search import Wanted

ONE, TWO, THREE = "111122223333", "222233334444", "333344445555"
KNOWN = {
    ONE: AccountFacts(ONE, "Payments-prod", "Root/Prod", "o-1/r-1/ou-1/", {"team": "core"}),
    TWO: AccountFacts(TWO, "payments-test", "Root/Sand", "o-1/r-1/ou-2/", {"team": "web"}),
    THREE: AccountFacts(THREE, "", "", "", None),
}


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ({"name": "payments"}, {ONE, TWO}),
        ({"name": "*-prod"}, {ONE}),
        ({"unit": "prod"}, {ONE}),
        ({"unit": "ou-2"}, {TWO}),
        ({"unit": "Root"}, {ONE, TWO}),
        ({"tags": {"team": None}}, {ONE, TWO}),
        ({"tags": {"team": "core"}}, {ONE}),
        ({"name": "payments", "unit": "Sand", "tags": {"team": "core"}}, set()),
    ],
)
def test_an_account_matches_in_everything(wanted: Mapping[str, Any], ids: set[str]) -> None:
    assert {*(WantedAccounts(**wanted).among(KNOWN) or ())} == ids


def test_every_account_matches_if_nothing_is_asked_of_it_even_an_unknown_one() -> None:
    assert WantedAccounts().among({}) is None
    assert WantedAccounts(tags={}).among(KNOWN) is None


def test_nothing_matches_if_no_account_is_known_and_the_person_hears_why() -> None:
    with pytest.raises(CliError, match="no accounts of the organisation"):
        WantedAccounts(name="payments").among({})


def test_a_resource_is_one_of_the_accounts_that_are_wanted() -> None:
    role = {"resourceType": "AWS::IAM::Role", "accountId": ONE, "awsRegion": "global"}
    found = {**role, "resourceName": "admin", "tags": {}}
    assert Wanted(accounts={ONE, TWO}).matches(found)
    assert not Wanted(accounts={TWO}).matches(found)
    assert not Wanted(accounts=()).matches(found)


def test_a_row_has_the_facts_of_its_account() -> None:
    row = {"accountId": ONE, "arn": "arn"}
    assert with_account(row, KNOWN) == {
        **row,
        "accountName": "Payments-prod",
        "accountUnit": "Root/Prod",
        "accountTags": {"team": "core"},
    }
    unknown = {"accountName": None, "accountUnit": None, "accountTags": None}
    assert with_account(row, {}) == {**row, **unknown}
