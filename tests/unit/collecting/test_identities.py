"""IAM's users, groups, roles and policies, out of one call, and what further calls tell of them."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from cidb2.errors import ResourceGoneError
from cidb2.items.resource import Resource
from cidb2.types.iam import IAM
from tests.support.builders import ACCOUNT, client_error
from tests.support.declared import Reading

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
LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
KEYS = [
    {"AccessKeyId": "AKIA1", "Status": "Active", "CreateDate": MOMENT},
    {"AccessKeyId": "AKIA2"},
]
USED = {"LastUsedDate": MOMENT, "ServiceName": "s3", "Region": "eu-west-1"}
NEVER_USED = {"ServiceName": "N/A", "Region": "N/A"}


def details(**lists: Any) -> dict[str, Any]:
    return {**{name: [] for name in LISTS}, **lists}


def pages(**arguments: Any) -> dict[str, Any]:
    if "Marker" in arguments:
        return details(RoleDetailList=[ROLE], Policies=[POLICY])
    first = details(UserDetailList=[USER], GroupDetailList=[GROUP])
    return first | {"IsTruncated": True, "Marker": "next"}


def used(AccessKeyId: str) -> dict[str, Any]:
    return {"AccessKeyLastUsed": USED if AccessKeyId == "AKIA1" else NEVER_USED}


def iam(**changes: Any) -> Reading:
    answers: dict[str, Any] = {
        "get_account_authorization_details": pages,
        "list_policy_tags": {"Tags": TAGS},
        "list_roles": {"Roles": [{"RoleId": "AROA1", "MaxSessionDuration": 3600}]},
        "list_users": {"Users": [{"UserId": "AIDA1", "PasswordLastUsed": MOMENT}]},
        "list_access_keys": {"AccessKeyMetadata": KEYS},
        "get_access_key_last_used": used,
        "list_mfa_devices": {"MFADevices": [{"SerialNumber": "s"}]},
        "get_login_profile": {"LoginProfile": {"UserName": "u"}},
    }
    return Reading(IAM, "AWS::IAM::User", answers | changes)


def read_all(reading: Reading) -> dict[str, Resource]:
    """Return every resource by its type's last word."""
    return {one.resource_type.rpartition(":")[2]: one for one in reading.read()}


def test_all_four_kinds_are_listed_page_by_page() -> None:
    pages = iam().pages()
    assert [{one.arn for one in page.listed} for page in pages] == [
        {USER["Arn"], GROUP["Arn"]},
        {ROLE["Arn"], POLICY["Arn"]},
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
        "ManagedPolicy": ("ANPA1", "p", "global", {"team": "payments"}),
    }
    assert resources["Role"].configuration == ROLE | {"AssumeRolePolicyDocument": {"Statement": []}}


def test_a_policy_is_decoded_wherever_it_is_and_what_cannot_be_decoded_is_text() -> None:
    policy = {"Statement": {"Action": "s3:Get+Object", "Resource": "a%20b"}}
    encoded, deep = quote(json.dumps(policy)), "[" * 20_000 + "]" * 20_000
    role = ROLE | {
        "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": encoded}, {"PolicyName": "q"}],
        "AssumeRolePolicyDocument": quote("{oops"),
        "InstanceProfileList": [{"Roles": [{"AssumeRolePolicyDocument": encoded}]}],
    }
    versions = [{"VersionId": "v1", "Document": encoded}, {"VersionId": "v2", "Document": deep}]
    listing = details(
        RoleDetailList=[role],
        Policies=[POLICY | {"PolicyVersionList": versions}],
        UserDetailList=[USER | {"UserPolicyList": [{"PolicyDocument": encoded}]}],
        GroupDetailList=[GROUP | {"GroupPolicyList": [{"PolicyDocument": encoded}]}],
    )
    resources = read_all(iam(get_account_authorization_details=listing))
    configuration: Any = resources["Role"].configuration
    assert configuration["AssumeRolePolicyDocument"] == "{oops"
    assert configuration["RolePolicyList"] == [
        {"PolicyName": "p", "PolicyDocument": policy},
        {"PolicyName": "q"},
    ]
    [profile] = configuration["InstanceProfileList"]
    assert profile["Roles"] == [{"AssumeRolePolicyDocument": policy}]
    versions_of: Any = resources["ManagedPolicy"].configuration
    assert [one["Document"] for one in versions_of["PolicyVersionList"]] == [policy, deep]
    for kind in ("User", "Group"):
        identity: Any = resources[kind].configuration
        assert identity[f"{kind}PolicyList"] == [{"PolicyDocument": policy}]


def test_only_customer_managed_policies_are_asked_for_from_awss_own_token_on() -> None:
    reading = iam()
    reading.pages("marker")
    [arguments] = reading.aws.arguments["get_account_authorization_details"]
    assert arguments["Filter"] == ["User", "Group", "Role", "LocalManagedPolicy"]
    assert arguments["Marker"] == "marker"


def test_denied_tags_of_a_policy_cost_nothing_else() -> None:
    policy = read_all(iam(list_policy_tags=client_error("AccessDenied")))["ManagedPolicy"]
    assert policy.unreadable_codes == {"tags": "AccessDenied"}
    assert policy.tags is None
    assert policy.configuration == POLICY


def test_a_policy_that_vanished_is_gone() -> None:
    with pytest.raises(ResourceGoneError):
        read_all(iam(list_policy_tags=client_error("NoSuchEntity", status=404)))


def test_a_user_has_its_credentials_and_their_last_use() -> None:
    told = read_all(iam())["User"].supplementary
    assert told["AccessKeysLastUsed"] == {
        "AKIA1": USED | {"LastUsedDate": "2026-01-02T03:04:05Z"},
        "AKIA2": NEVER_USED,
    }
    assert [one["AccessKeyId"] for one in told["AccessKeys"]] == ["AKIA1", "AKIA2"]
    assert told["MFADevices"] == [{"SerialNumber": "s"}]
    assert told["LoginProfile"] == {"UserName": "u"}
    assert told["PasswordLastUsed"] == "2026-01-02T03:04:05Z"


def test_a_user_without_credentials_has_none_and_its_keys_cost_no_call() -> None:
    reading = iam(
        list_users={"Users": [{"UserId": "AIDA1"}]},
        list_access_keys={"AccessKeyMetadata": []},
        list_mfa_devices={"MFADevices": []},
        get_login_profile=client_error("NoSuchEntity", status=404),
    )
    user = read_all(reading)["User"]
    assert (user.supplementary, user.unreadable) == (
        {
            "AccessKeys": [],
            "AccessKeysLastUsed": {},
            "LoginProfile": None,
            "MFADevices": [],
            "PasswordLastUsed": None,
        },
        {},
    )
    assert reading.aws.calls["get_access_key_last_used"] == 0


def test_a_denied_call_costs_its_field_and_what_depends_on_it() -> None:
    field = "supplementaryConfiguration.{}".format
    denied = client_error("AccessDenied")
    keys = read_all(iam(list_access_keys=denied))["User"].unreadable_codes
    assert keys == dict.fromkeys(map(field, ("AccessKeys", "AccessKeysLastUsed")), "AccessDenied")
    for operation, name in {
        "get_access_key_last_used": "AccessKeysLastUsed",
        "list_users": "PasswordLastUsed",
        "list_mfa_devices": "MFADevices",
        "get_login_profile": "LoginProfile",
    }.items():
        codes = read_all(iam(**{operation: denied}))["User"].unreadable_codes
        assert codes == {field(name): "AccessDenied"}


def test_a_key_that_is_gone_meanwhile_costs_no_user() -> None:
    def gone(AccessKeyId: str) -> Any:
        raise client_error("NoSuchEntity", status=404)

    user = read_all(iam(get_access_key_last_used=gone))["User"]
    assert user.supplementary["AccessKeysLastUsed"] == {}
    assert user.unreadable == {}


def test_a_user_that_vanished_is_gone() -> None:
    with pytest.raises(ResourceGoneError):
        read_all(iam(list_access_keys=client_error("NoSuchEntity", status=404)))


@pytest.mark.parametrize(
    ("listed", "told", "unreadable"),
    [
        (
            {"RoleId": "AROA1", "Description": "d", "MaxSessionDuration": 7200},
            {"Description": "d", "MaxSessionDuration": 7200},
            set(),
        ),
        (
            {"RoleId": "AROA1", "MaxSessionDuration": 3600},
            {"Description": None, "MaxSessionDuration": 3600},
            set(),
        ),
        ({"RoleId": "AROA1"}, {"Description": None}, {"MaxSessionDuration"}),
        ({"RoleId": "AROA2"}, {}, {"Description", "MaxSessionDuration"}),
    ],
    ids=["both", "no description", "no duration", "another role"],
)
def test_what_only_list_roles_tells_is_asked_once_for_all(
    listed: Any, told: dict[str, Any], unreadable: set[str]
) -> None:
    reading = iam(list_roles={"Roles": [listed]})
    role = read_all(reading)["Role"]
    assert role.supplementary == told
    assert {one.rpartition(".")[2] for one in role.unreadable} == unreadable
    assert {*role.unreadable_codes.values()} <= {"IncompleteAnswerError"}
    assert reading.aws.arguments["list_roles"] == [{"MaxItems": 100}]
