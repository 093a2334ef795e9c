"""IAM's users, groups, roles and policies, out of one call and one more for a policy's tags."""

import json
from typing import Any, cast
from urllib.parse import quote

import pytest

from cidb2.errors import ResourceGoneError
from cidb2.items.resource import Resource
from cidb2.scope import GLOBAL, Scope
from functions.iam_collector.collector import IamReader
from tests.support.builders import ACCOUNT, a_run, client_error
from tests.support.fakes import FakeAccount, FakeAws

PREFIX = f"arn:aws:iam::{ACCOUNT}"
TAGS = [{"Key": "team", "Value": "payments"}]
USER = {"Arn": f"{PREFIX}:user/u", "UserId": "AIDA1", "UserName": "u", "Tags": TAGS}
GROUP = {"Arn": f"{PREFIX}:group/g", "GroupId": "AGPA1", "GroupName": "g"}
ROLE = {
    "Arn": f"{PREFIX}:role/r",
    "RoleId": "AROA1",
    "RoleName": "r",
    "Tags": [],
    "AssumeRolePolicyDocument": "%7B%22Statement%22%3A%20%5B%5D%7D",
}
POLICY = {
    "Arn": f"{PREFIX}:policy/p",
    "PolicyId": "ANPA1",
    "PolicyName": "p",
    "AttachmentCount": 1,
    "PermissionsBoundaryUsageCount": 0,
}
PAGES: list[Any] = [
    {"UserDetailList": [USER], "GroupDetailList": [GROUP], "Marker": "next"},
    {"RoleDetailList": [ROLE], "Policies": [POLICY]},
]


def iam(**changes: Any) -> FakeAws:
    answers: dict[str, Any] = {
        "get_account_authorization_details": PAGES,
        "list_policy_tags": [{"Tags": TAGS}, {"Tags": [{"Key": "b", "Value": "c"}]}],
    }
    return FakeAws(**answers | changes)


def reader(client: FakeAws) -> IamReader:
    scope = Scope(ACCOUNT, "iam", GLOBAL)
    return IamReader(cast("Any", FakeAccount(iam=client)), scope, a_run())


def read_all(client: FakeAws) -> dict[str, Resource]:
    """Return every resource by its type's last word."""
    reading = reader(client)
    resources = [reading.read(listed) for page in reading.pages(None) for listed in page.listed]
    return {one.resource_type.rpartition(":")[2]: one for one in resources}


def test_all_four_kinds_are_listed_page_by_page() -> None:
    pages = list(reader(iam()).pages(None))
    assert [[one.arn for one in page.listed] for page in pages] == [
        [USER["Arn"], GROUP["Arn"]],
        [ROLE["Arn"], POLICY["Arn"]],
    ]
    assert [page.next_token for page in pages] == ["next", None]


def test_each_kind_has_its_id_its_name_and_its_tags() -> None:
    resources = read_all(iam())
    found = {
        kind: (one.resource_id, one.resource_name, one.region, one.tags)
        for kind, one in resources.items()
    }
    assert found == {
        "User": ("AIDA1", "u", "global", {"team": "payments"}),
        "Group": ("AGPA1", "g", "global", {}),
        "Role": ("AROA1", "r", "global", {}),
        "ManagedPolicy": ("ANPA1", "p", "global", {"team": "payments", "b": "c"}),
    }
    assert resources["Role"].configuration == ROLE | {"AssumeRolePolicyDocument": {"Statement": []}}


def test_a_policy_is_decoded_wherever_it_is_and_what_cannot_be_decoded_is_text() -> None:
    policy = {"Statement": {"Action": "s3:Get+Object", "Resource": "a%20b"}}
    encoded, deep = quote(json.dumps(policy)), "[" * 20_000 + "]" * 20_000
    role = ROLE | {
        "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": encoded}, {"PolicyName": "q"}],
        "AssumeRolePolicyDocument": quote("{oops"),
    }
    versions = [{"VersionId": "v1", "Document": encoded}, {"VersionId": "v2", "Document": deep}]
    listing = {"RoleDetailList": [role], "Policies": [POLICY | {"PolicyVersionList": versions}]}
    resources = read_all(iam(get_account_authorization_details=[listing]))
    configuration: Any = resources["Role"].configuration
    assert configuration["AssumeRolePolicyDocument"] == "{oops"
    assert configuration["RolePolicyList"] == [
        {"PolicyName": "p", "PolicyDocument": policy},
        {"PolicyName": "q"},
    ]
    versions_of: Any = resources["ManagedPolicy"].configuration
    assert [one["Document"] for one in versions_of["PolicyVersionList"]] == [policy, deep]


@pytest.mark.parametrize("before", range(4))
def test_a_policy_is_decoded_whole_however_long_it_is(before: int) -> None:
    long = " " * before + "ü€ %2B" * 3_000
    role = ROLE | {"AssumeRolePolicyDocument": quote(long)}
    configuration = read_all(iam(get_account_authorization_details=[{"RoleDetailList": [role]}]))[
        "Role"
    ].configuration
    assert configuration is not None
    assert configuration["AssumeRolePolicyDocument"] == long


def test_only_customer_managed_policies_are_asked_for_from_awss_own_token_on() -> None:
    client = iam()
    list(reader(client).pages("marker"))
    [arguments] = client.arguments["get_account_authorization_details"]
    assert arguments["Filter"] == ["User", "Group", "Role", "LocalManagedPolicy"]
    assert arguments["Marker"] == "marker"


@pytest.mark.parametrize(
    ("kind", "listed", "used"),
    [
        ("Role", ROLE, {"RoleLastUsed": {"Region": "eu-west-1"}}),
        ("ManagedPolicy", POLICY, {"AttachmentCount": 7, "PermissionsBoundaryUsageCount": 7}),
    ],
)
def test_use_alone_is_no_change_but_is_kept(
    kind: str, listed: dict[str, Any], used: dict[str, Any]
) -> None:
    list_name = {"Role": "RoleDetailList", "ManagedPolicy": "Policies"}[kind]
    later = read_all(iam(get_account_authorization_details=[{list_name: [listed | used]}]))[kind]
    assert later.content_hash == read_all(iam())[kind].content_hash
    assert later.configuration == {**(read_all(iam())[kind].configuration or {}), **used}


def test_denied_tags_of_a_policy_cost_nothing_else() -> None:
    policy = read_all(iam(list_policy_tags=client_error("AccessDenied")))["ManagedPolicy"]
    assert policy.unreadable_codes == {"tags": "AccessDenied"}
    assert policy.tags is None
    assert policy.configuration == POLICY


def test_a_policy_that_vanished_is_gone() -> None:
    with pytest.raises(ResourceGoneError):
        read_all(iam(list_policy_tags=client_error("NoSuchEntity", status=404)))
