"""Content is fit to be kept: policies within it are JSON, wherever the declaration says."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from cidb2.collecting.contents import content_of
from cidb2.types.catalog import TYPES

POLICY = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}
PROFILE = TYPES["iam"]["AWS::IAM::InstanceProfile"]


@pytest.mark.parametrize(
    "text",
    [quote(json.dumps(POLICY)), json.dumps(POLICY), json.dumps(json.dumps(POLICY))[1:-1]],
    ids=["as IAM encodes it", "plain", "as API Gateway escapes it"],
)
def test_a_policy_within_a_list_is_json(text: str) -> None:
    roles: list[Any] = [{"RoleName": "r", "AssumeRolePolicyDocument": text}, {"RoleName": "s"}, "t"]
    fit = content_of("iam", PROFILE).fit({"Roles": roles}, "configuration", set())
    assert fit == {
        "Roles": [{"RoleName": "r", "AssumeRolePolicyDocument": POLICY}, {"RoleName": "s"}, "t"]
    }


@pytest.mark.parametrize("value", [None, "text", {"Roles": None}, {"Path": "/"}])
def test_content_without_the_policy_stays_as_it_is(value: Any) -> None:
    assert content_of("iam", PROFILE).fit(value, "configuration", set()) == value


def test_a_policy_that_is_no_unicode_shows_it() -> None:
    assert decoded("%22a%FF%22") == '"a\ufffd"'


@pytest.mark.parametrize("before", range(4))
def test_a_policy_is_decoded_whole_however_long_it_is(before: int) -> None:
    long = "ü" + " " * before + "ü€ %2B" * 3_000
    assert decoded(quote(long)) == long


def decoded(text: str) -> Any:
    roles = {"Roles": [{"AssumeRolePolicyDocument": text}]}
    fit = content_of("iam", PROFILE).fit(roles, "configuration", set())
    return fit["Roles"][0]["AssumeRolePolicyDocument"]
