"""A principal is a stranger only where the accounts of the organisation are known."""

import pytest

from cidb2.items.accounts import AccountFacts
from cidb2.items.standing import Organization, Standing, in_words
from tests.support.builders import ACCOUNT

OTHER, STRANGER = "345678901234", "999999999999"
KNOWN = {OTHER: AccountFacts(OTHER, "other", path="o-ours1234567/r-1a2b/")}
OURS = Organization.of(KNOWN, is_listed=True)
NOBODY = Organization.of({}, is_listed=True)


@pytest.mark.parametrize(
    ("principal", "standing"),
    [
        ("*", Standing.EVERYBODY),
        (ACCOUNT, Standing.OURS),
        (f"arn:aws:iam::{OTHER}:role/deploy", Standing.OURS),
        (f"arn:aws:iam::{STRANGER}:role/deploy", Standing.STRANGER),
        (STRANGER, Standing.STRANGER),
        ("o-ours1234567", Standing.OURS),
        ("o-theirs12345", Standing.STRANGER),
        ("accounts.google.com", Standing.NOT_KNOWN),
    ],
)
def test_a_principal_stands_where_its_account_does(principal: str, standing: Standing) -> None:
    assert OURS.standing(principal, ACCOUNT) is standing


@pytest.mark.parametrize("ours", [NOBODY, Organization.of(KNOWN, is_listed=False)])
def test_nobody_is_a_stranger_to_an_organisation_that_could_not_be_listed(
    ours: Organization,
) -> None:
    assert ours.standing(STRANGER, ACCOUNT) is Standing.NOT_KNOWN
    assert ours.standing(ACCOUNT, ACCOUNT) is Standing.OURS
    assert ours.standing("*", ACCOUNT) is Standing.EVERYBODY


def test_those_who_matter_most_are_told_first_and_in_words() -> None:
    told = OURS.told([OTHER, "sso.example.com", STRANGER, "*"], ACCOUNT)
    assert [*map(in_words, told)] == [
        "* (everybody)",
        f"{STRANGER} (outside the organisation)",
        "sso.example.com (not known whether of the organisation)",
        OTHER,
    ]
