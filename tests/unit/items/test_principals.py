"""Whom a policy lets in, whatever it looks like."""

from typing import Any

import pytest

from cidb2.items.principals import ACCOUNT, ORGANIZATION, principals

ROLE = "arn:aws:iam::210987654321:role/deploy"
OTHER = "210987654321"
EVERYBODY = ("*", "*")
STRANGER = (ACCOUNT, OTHER)


def let_in(principal: Any = "*", condition: Any = None, **changes: Any) -> set[tuple[str, str]]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "x:*"} | changes
    document = {"Statement": [statement | ({"Condition": condition} if condition else {})]}
    return {*principals(document)}


@pytest.mark.parametrize(
    ("principal", "found"),
    [
        ({"AWS": OTHER}, {STRANGER}),
        ({"AWS": f"arn:aws:iam::{OTHER}:root"}, {STRANGER}),
        ({"AWS": [ROLE, OTHER]}, {("AWS::IAM::Role", ROLE), STRANGER}),
        ({"AWS": "AIDACKCEVSQ6C2EXAMPLE"}, {("AWS::IAM::User", "AIDACKCEVSQ6C2EXAMPLE")}),
        ({"Federated": "accounts.google.com"}, {("*", "accounts.google.com")}),
        (
            {"Federated": f"arn:aws:iam::{OTHER}:saml-provider/okta"},
            {("AWS::IAM::SAMLProvider", f"arn:aws:iam::{OTHER}:saml-provider/okta")},
        ),
        ({"Service": "lambda.amazonaws.com"}, {EVERYBODY}),
        ("*", {EVERYBODY}),
        ({"AWS": ["*"]}, {EVERYBODY}),
    ],
)
def test_principals_have_a_type(principal: Any, found: set[tuple[str, str]]) -> None:
    service_alone = isinstance(principal, dict) and [*principal] == ["Service"]
    assert let_in(principal) == (set() if service_alone else found)


@pytest.mark.parametrize("principal", ["*", {"Service": "s3.amazonaws.com"}])
@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ({"StringEquals": {"aws:SourceAccount": OTHER}}, {STRANGER}),
        ({"StringEquals": {"AWS:PrincipalAccount": [OTHER]}}, {STRANGER}),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:sns:eu-west-1:{OTHER}:topic"}}, {STRANGER}),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-a1b2"}}, {(ORGANIZATION, "o-a1b2")}),
        (
            {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["o-a1b2/r-1/*"]}},
            {(ORGANIZATION, "o-a1b2")},
        ),
    ],
)
def test_a_condition_says_for_which_accounts(
    principal: Any, condition: Any, found: set[tuple[str, str]]
) -> None:
    assert let_in(principal, condition) == found


@pytest.mark.parametrize(
    "condition",
    [
        {"StringNotEquals": {"aws:SourceAccount": OTHER}},
        {"StringEqualsIfExists": {"aws:SourceAccount": OTHER}},
        {"Bool": {"aws:SecureTransport": "true"}},
    ],
)
def test_a_condition_that_excludes_nobody_leaves_everybody(condition: Any) -> None:
    assert let_in("*", condition) == {EVERYBODY}


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (
            {"ArnLike": {"aws:SourceArn": [f"arn:aws:sns:eu-west-1:{OTHER}:topic", "*"]}},
            {STRANGER, EVERYBODY},
        ),
        ({"StringLike": {"aws:PrincipalAccount": [OTHER, "*"]}}, {STRANGER, EVERYBODY}),
        (
            {"StringLike": {"aws:PrincipalOrgID": ["o-a1b2", "*"]}},
            {(ORGANIZATION, "o-a1b2"), EVERYBODY},
        ),
        ({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}}, {EVERYBODY}),
    ],
)
def test_a_condition_with_a_wildcard_for_accounts_leaves_everybody(
    condition: Any, found: set[tuple[str, str]]
) -> None:
    assert let_in("*", condition) == found


def test_a_condition_that_names_no_account_is_nobody_in_particular() -> None:
    assert let_in("*", {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}) == set()


def test_who_is_denied_is_not_let_in() -> None:
    assert let_in(OTHER, Effect="Deny") == set()


def test_all_but_some_are_everybody() -> None:
    statement = {"Effect": "Allow", "NotPrincipal": {"AWS": OTHER}, "Action": "x:*"}
    assert {*principals({"Statement": statement})} == {EVERYBODY}


@pytest.mark.parametrize(
    "document",
    [
        *(None, "text", 7, [], {}, {"Statement": None}, {"Statement": [None, 7, "x"]}),
        {"Statement": {"Effect": "Allow", "Principal": 7, "Condition": [1]}},
        {"Statement": {"Effect": "Allow", "Principal": {"AWS": [None, {}, 7]}}},
    ],
)
def test_an_odd_policy_lets_nobody_in(document: Any) -> None:
    assert [*principals(document)] == []
