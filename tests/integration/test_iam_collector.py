"""The IAM collector: all fields of roles, users, groups and policies, and of an account."""

import json
from typing import Any

import pytest

from tests.support.aws import MEMBER, OTHER_MEMBER, client
from tests.support.hub import Hub, run_state
from tests.support.identities import identities
from tests.support.wire import Call, Paging, Wire

pytestmark = pytest.mark.integration

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{OTHER_MEMBER}:root"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "Größe & <Maß> + 100%"}},
        }
    ],
}
READ = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "*"}],
}
MANY_TAGS = {f"schlüssel-{number}": f"価値 {number}" for number in range(50)}
SCOPE = f"{MEMBER}/iam/global"
SETTINGS = 1
"""What an account has set is one more resource."""
MARKERS = Paging(reads="Marker", writes="Marker", flag="IsTruncated")


def arn(kind: str, name: str, account: str = MEMBER) -> str:
    return f"arn:aws:iam::{account}:{kind}/{name}"


def plant_policy(name: str, tags: dict[str, str] | None = None, account: str = MEMBER) -> str:
    iam = client("iam", account)
    answer = iam.create_policy(
        PolicyName=name, PolicyDocument=json.dumps(READ), Tags=tag_list(tags or {})
    )
    return str(answer["Policy"]["Arn"])


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def role_detail(name: str) -> dict[str, Any]:
    """Return a role as GetAccountAuthorizationDetails describes it, no field optional but one."""
    return {"RoleName": name, "RoleId": f"AROA{name}", "Arn": arn("role", name), "Path": "/"}


def test_a_role_is_read_with_its_documents_attachments_and_tags(hub: Hub) -> None:
    iam = client("iam", MEMBER)
    policy = plant_policy("read")
    iam.create_role(
        RoleName="auditor",
        AssumeRolePolicyDocument=json.dumps(TRUST),
        Description="Prüft",
        Tags=tag_list(MANY_TAGS),
    )
    iam.attach_role_policy(RoleName="auditor", PolicyArn=policy)
    iam.put_role_policy(RoleName="auditor", PolicyName="own", PolicyDocument=json.dumps(READ))
    item = hub.take("iam")[arn("role", "auditor")]
    configuration = item["configuration"]
    assert configuration is not None
    assert item["resourceType"] == "AWS::IAM::Role"
    assert item["resourceId"] == configuration["RoleId"]
    assert (item["resourceName"], item["awsRegion"]) == ("auditor", "global")
    assert (item["accountId"], item["scope"]) == (MEMBER, SCOPE)
    assert (item["change"], item["configurationItemStatus"]) == ("CREATED", "ResourceDiscovered")
    assert item["tags"] == MANY_TAGS
    assert item["unreadable"] == {}
    assert item["supplementaryConfiguration"] == {
        "Description": "Prüft",
        "MaxSessionDuration": 3600,
    }
    assert configuration["AssumeRolePolicyDocument"] == TRUST
    assert configuration["RolePolicyList"] == [{"PolicyName": "own", "PolicyDocument": READ}]
    assert configuration["AttachedManagedPolicies"] == [{"PolicyName": "read", "PolicyArn": policy}]


def test_a_user_and_its_group_are_read(hub: Hub) -> None:
    iam = client("iam", MEMBER)
    iam.create_group(GroupName="operators")
    iam.put_group_policy(GroupName="operators", PolicyName="own", PolicyDocument=json.dumps(READ))
    iam.create_user(UserName="ada", Tags=tag_list({"team": "数学"}))
    iam.add_user_to_group(GroupName="operators", UserName="ada")
    items = hub.take("iam")
    user, group = items[arn("user", "ada")], items[arn("group", "operators")]
    assert user["configuration"] is not None
    assert group["configuration"] is not None
    assert (user["resourceType"], user["tags"]) == ("AWS::IAM::User", {"team": "数学"})
    assert user["configuration"]["GroupList"] == ["operators"]
    assert user["resourceId"] == user["configuration"]["UserId"]
    assert (group["resourceType"], group["tags"]) == ("AWS::IAM::Group", {})
    assert group["configuration"]["GroupPolicyList"][0]["PolicyDocument"] == READ


def test_a_customer_managed_policy_is_read_with_every_version_and_its_tags(hub: Hub) -> None:
    iam = client("iam", MEMBER)
    policy = plant_policy("read", MANY_TAGS)
    iam.create_policy_version(PolicyArn=policy, PolicyDocument=json.dumps(READ), SetAsDefault=True)
    item = hub.take("iam")[policy]
    configuration = item["configuration"]
    assert configuration is not None
    assert (item["resourceType"], item["resourceName"]) == ("AWS::IAM::ManagedPolicy", "read")
    assert item["resourceId"] == configuration["PolicyId"]
    assert item["tags"] == MANY_TAGS
    assert [each["Document"] for each in configuration["PolicyVersionList"]] == [READ, READ]


def test_a_user_is_read_with_its_credentials_and_their_last_use(hub: Hub) -> None:
    iam = client("iam", MEMBER)
    iam.create_user(UserName="ada")
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    iam.create_login_profile(UserName="ada", Password="hunter2-hunter2")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]
    serial = device["SerialNumber"]
    codes = {"AuthenticationCode1": "123456", "AuthenticationCode2": "654321"}
    iam.enable_mfa_device(UserName="ada", SerialNumber=serial, **codes)
    item = hub.take("iam")[arn("user", "ada")]
    told: Any = item["supplementaryConfiguration"]
    assert item["unreadable"] == {}
    [listed] = told["AccessKeys"]
    assert (listed["AccessKeyId"], listed["Status"]) == (key["AccessKeyId"], "Active")
    assert told["AccessKeysLastUsed"][key["AccessKeyId"]]["ServiceName"] == "N/A"
    assert told["LoginProfile"]["UserName"] == "ada"
    assert [each["SerialNumber"] for each in told["MFADevices"]] == [serial]
    assert told["PasswordLastUsed"] is None
    for secret in (key["SecretAccessKey"], "hunter2-hunter2"):
        assert secret not in json.dumps(item)


def test_aws_is_asked_for_all_identities_and_for_each_users_credentials(
    hub: Hub, wire: Wire
) -> None:
    policy = plant_policy("read")
    iam = client("iam", MEMBER)
    iam.create_user(UserName="ada")
    keys = [iam.create_access_key(UserName="ada")["AccessKey"]["AccessKeyId"] for _ in range(2)]
    for number in range(3):
        iam.create_role(RoleName=f"{number}", AssumeRolePolicyDocument=json.dumps(TRUST))
    wire.calls.clear()
    hub.collect("iam")
    asked = [(call.operation, call.parameters) for call in wire.calls if call.service == "iam"]
    filtered = {"Filter": ["User", "Group", "Role", "LocalManagedPolicy"], "MaxItems": 40}
    assert sorted(asked, key=str) == sorted(
        [
            ("GetAccountAuthorizationDetails", filtered),
            ("ListPolicyTags", {"PolicyArn": policy}),
            ("ListRoles", {"MaxItems": 100}),
            ("ListUsers", {"MaxItems": 1000}),
            ("ListAccessKeys", {"UserName": "ada"}),
            ("ListMFADevices", {"UserName": "ada"}),
            ("GetLoginProfile", {"UserName": "ada"}),
            *(("GetAccessKeyLastUsed", {"AccessKeyId": key}) for key in keys),
            ("ListInstanceProfiles", {"MaxItems": 100}),
            ("ListOpenIDConnectProviders", {}),
            ("ListSAMLProviders", {}),
            ("ListServerCertificates", {"MaxItems": 1000}),
            ("ListVirtualMFADevices", {"MaxItems": 1000}),
            ("GetAccountSummary", {}),
            ("GetAccountPasswordPolicy", {}),
        ],
        key=str,
    )
    assert {call.account for call in wire.calls if call.service == "iam"} == {MEMBER}


def test_every_page_is_read_under_the_marker_that_aws_gave(hub: Hub, wire: Wire) -> None:
    pages = [{"RoleDetailList": [role_detail(name)]} for name in ("one", "two", "three")]
    wire.pages("GetAccountAuthorizationDetails", pages, MARKERS)
    items = hub.take("iam")
    assert {item["resourceName"] for item in items.values()} == {"one", "two", "three", None}
    markers = [call.parameters.get("Marker") for call in wire.of("GetAccountAuthorizationDetails")]
    assert markers == [None, *MARKERS.tokens[:2]]
    assert hub.scopes()[SCOPE]["items"] == 3 + SETTINGS


def test_every_page_of_a_policys_tags_is_read(hub: Hub, wire: Wire) -> None:
    policy = plant_policy("read")
    pages = [{"Tags": tag_list({"a": "1", "b": "2"})}, {"Tags": tag_list({"c": "3"})}]
    wire.pages("ListPolicyTags", pages, MARKERS)
    assert hub.take("iam")[policy]["tags"] == {"a": "1", "b": "2", "c": "3"}


def test_tags_that_may_not_be_read_cost_nothing_else(hub: Hub, wire: Wire) -> None:
    closed, open_ = plant_policy("closed", {"a": "1"}), plant_policy("open", {"b": "2"})
    wire.refuses("ListPolicyTags", "AccessDenied", PolicyArn=closed)
    items = hub.take("iam")
    assert items[closed]["tags"] is None
    assert items[closed]["unreadable"] == {"tags": "AccessDenied"}
    assert items[closed]["configuration"] is not None
    assert (items[open_]["tags"], items[open_]["unreadable"]) == ({"b": "2"}, {})
    scope = hub.scopes()[SCOPE]
    assert (scope["outcome"], scope["items"], scope["unreadable"]) == ("COMPLETE", 2 + SETTINGS, 1)


def test_a_policy_that_vanishes_before_it_is_read_is_no_item(hub: Hub, wire: Wire) -> None:
    gone, here = plant_policy("gone"), plant_policy("here")
    wire.refuses("ListPolicyTags", "NoSuchEntity", PolicyArn=gone)
    assert {*hub.take("iam")} - {arn("account-settings", MEMBER)} == {here}
    scope = hub.scopes()[SCOPE]
    assert (scope["outcome"], scope["items"], scope["unreadable"]) == ("COMPLETE", 1 + SETTINGS, 0)


def test_a_known_policy_that_vanishes_before_it_is_read_is_deleted(hub: Hub, wire: Wire) -> None:
    policy = plant_policy("gone")
    hub.take("iam")
    wire.refuses("ListPolicyTags", "NoSuchEntity", PolicyArn=policy)
    items = hub.take("iam", run=run_state("20261125T034830Z-1a2b3c4s1"))
    assert items[policy]["configurationItemStatus"] == "ResourceDeleted"


@pytest.mark.parametrize(
    ("lists", "field", "before", "after"),
    [
        ("RoleDetailList", "RoleLastUsed", {"Region": "eu-west-1"}, {"Region": "us-east-1"}),
        ("Policies", "AttachmentCount", 1, 2),
        ("Policies", "PermissionsBoundaryUsageCount", 0, 1),
    ],
)
def test_use_alone_is_kept_and_is_no_change(
    hub: Hub, wire: Wire, lists: str, field: str, before: Any, after: Any
) -> None:
    policy = {"PolicyName": "read", "PolicyId": "ANPA1", "Arn": arn("policy", "read")}
    detail = role_detail("auditor") if lists == "RoleDetailList" else policy
    wire.answers("ListPolicyTags", {"Tags": []})

    def described(value: Any) -> dict[str, Any]:
        return identities(**{lists: [detail | {field: value}]}) | {"IsTruncated": False}

    wire.answers("GetAccountAuthorizationDetails", described(before))
    hub.take("iam")
    wire.answers("GetAccountAuthorizationDetails", described(after))
    item = hub.take("iam", run=run_state("20261125T034830Z-1a2b3c4s1"))[detail["Arn"]]
    assert item["configuration"] is not None
    assert (item["change"], item["configuration"][field]) == ("UNCHANGED", after)


def test_the_items_of_two_accounts_do_not_meet(hub: Hub, wire: Wire) -> None:
    mine, others = plant_policy("same"), plant_policy("same", account=OTHER_MEMBER)
    hub.take("iam", MEMBER)
    items = hub.take("iam", OTHER_MEMBER)
    assert {item["arn"]: item["accountId"] for item in items.values()} == {
        mine: MEMBER,
        others: OTHER_MEMBER,
        arn("account-settings", MEMBER): MEMBER,
        arn("account-settings", OTHER_MEMBER, OTHER_MEMBER): OTHER_MEMBER,
    }
    listings: list[Call] = wire.of("GetAccountAuthorizationDetails")
    assert [call.account for call in listings] == [MEMBER, OTHER_MEMBER]
