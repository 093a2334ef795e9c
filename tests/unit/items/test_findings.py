"""Findings of note: what is one, what is none, and what nobody knows."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.iam.aws_managed_policies import aws_managed_policies_data

from cidb2.collecting.fields import document
from cidb2.items.findings.counting import NAMED, Findings
from cidb2.items.findings.ec2 import has_imdsv1
from cidb2.items.findings.iam import allows_all
from cidb2.items.findings.kms import lacks_rotation
from cidb2.items.findings.lambda_ import is_open
from cidb2.items.findings.rule import Finding
from cidb2.items.findings.s3 import is_public
from cidb2.items.findings.verdicts import Verdict
from cidb2.items.item import Change
from cidb2.items.resource import Resource
from cidb2.ledger.tally import Tally
from tests.support.builders import a_resource
from tests.support.found import FOUND, note
from tests.support.strategies import any_json, damaged, policies

EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
ANY_ACCOUNT = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
PUBLIC, PRIVATE = {"IsPublic": True}, {"IsPublic": False}
OPEN = dict.fromkeys(("RestrictPublicBuckets", "IgnorePublicAcls"), False)
NO_POLICIES, NO_ACLS = OPEN | {"RestrictPublicBuckets": True}, OPEN | {"IgnorePublicAcls": True}
ENFORCED = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
ADMIN = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def granted_to(*groups: str) -> dict[str, Any]:
    owner = {"Grantee": {"Type": "CanonicalUser", "ID": "1"}, "Permission": "FULL_CONTROL"}
    others = [{"Grantee": {"Type": "Group", "URI": uri}, "Permission": "READ"} for uri in groups]
    return {"Owner": {"ID": "1"}, "Grants": [owner, *others]}


def a_bucket(*unreadable: str, **supplementary: Any) -> Any:
    return a_resource(
        "bucket",
        resource_type="AWS::S3::Bucket",
        supplementary={"Acl": granted_to(), "PolicyStatus": None} | supplementary,
        unreadable={f"supplementaryConfiguration.{name}": "AccessDenied" for name in unreadable},
    )


@pytest.mark.parametrize(
    ("bucket", "verdict"),
    [
        (a_bucket(), False),
        (a_bucket(PolicyStatus=PRIVATE), False),
        (a_bucket(PolicyStatus=PUBLIC), True),
        (a_bucket(PolicyStatus=PUBLIC, PublicAccessBlock=OPEN), True),
        (a_bucket(PolicyStatus=PUBLIC, PublicAccessBlock=NO_ACLS), True),
        (a_bucket(PolicyStatus=PUBLIC, PublicAccessBlock=NO_POLICIES), False),
        (a_bucket(Acl=granted_to(LOG_DELIVERY)), False),
        (a_bucket(Acl=granted_to(EVERYBODY)), True),
        (a_bucket(Acl=granted_to(ANY_ACCOUNT), PublicAccessBlock=NO_POLICIES), True),
        (a_bucket(Acl=granted_to(EVERYBODY), PublicAccessBlock=NO_ACLS), False),
        (a_bucket(Acl=granted_to(EVERYBODY), OwnershipControls=ENFORCED), False),
        (a_bucket("PolicyStatus"), None),
        (a_bucket("PolicyStatus", PublicAccessBlock=NO_POLICIES), False),
        (a_bucket("PolicyStatus", Acl=granted_to(EVERYBODY)), True),
        (a_bucket("PolicyStatus", PolicyStatus=PUBLIC), None),
        (a_bucket("Acl"), None),
        (a_bucket("Acl", OwnershipControls=ENFORCED), False),
        (a_bucket("PublicAccessBlock"), False),
        (a_bucket("PublicAccessBlock", PolicyStatus=PUBLIC), None),
        (a_bucket(PolicyStatus=PUBLIC, AccountPublicAccessBlock=OPEN), True),
        (a_bucket(PolicyStatus=PUBLIC, AccountPublicAccessBlock=NO_POLICIES), False),
        (a_bucket(PolicyStatus=PUBLIC, AccountPublicAccessBlock=NO_ACLS), True),
        (a_bucket(Acl=granted_to(EVERYBODY), AccountPublicAccessBlock=NO_ACLS), False),
        (a_bucket(Acl=granted_to(EVERYBODY), AccountPublicAccessBlock=NO_POLICIES), True),
        (a_bucket("AccountPublicAccessBlock"), False),
        (a_bucket("AccountPublicAccessBlock", PolicyStatus=PUBLIC), None),
        (
            a_bucket(
                "AccountPublicAccessBlock", PolicyStatus=PUBLIC, PublicAccessBlock=NO_POLICIES
            ),
            False,
        ),
        (
            a_bucket(
                "PublicAccessBlock", PolicyStatus=PUBLIC, AccountPublicAccessBlock=NO_POLICIES
            ),
            False,
        ),
    ],
)
def test_a_bucket_is_public_when_policy_or_acl_opens_it_and_nothing_blocks_that(
    bucket: Any, verdict: Verdict
) -> None:
    assert is_public(bucket) is verdict


@pytest.mark.parametrize(
    "bucket",
    [
        a_bucket(PolicyStatus={}),
        a_bucket(Acl=None),
        a_bucket(Acl={"Owner": {"ID": "1"}}),
        a_bucket(Acl={"Grants": [{"Permission": "READ"}]}),
        a_bucket(PolicyStatus=PUBLIC, PublicAccessBlock={}),
        a_bucket(PolicyStatus=PUBLIC, AccountPublicAccessBlock={"IgnorePublicAcls": True}),
    ],
)
def test_nobody_knows_of_a_bucket_what_aws_leaves_out_of_its_answer(bucket: Any) -> None:
    assert is_public(bucket) is None


def a_key(
    *unreadable: str,
    state: str | None = "Enabled",
    rotates: bool | None = None,
    name: str = "key",
    **metadata: Any,
) -> Any:
    return a_resource(
        name,
        configuration={"KeyState": state, **metadata} if state else None,
        supplementary={
            "RotationStatus": None if rotates is None else {"KeyRotationEnabled": rotates}
        },
        unreadable=dict.fromkeys(unreadable, "AccessDeniedException"),
    )


ROTATION = "supplementaryConfiguration.RotationStatus"


@pytest.mark.parametrize(
    ("key", "verdict"),
    [
        (a_key(rotates=True), False),
        (a_key(rotates=False), True),
        (a_key(rotates=None), False),
        (a_key(rotates=False, state="Disabled"), False),
        (a_key(rotates=False, state="PendingDeletion"), False),
        (a_key(ROTATION), None),
        (a_key(ROTATION, state="Disabled"), False),
        (a_key("configuration", ROTATION, state=None), None),
        (a_key("configuration", state=None), False),
    ],
)
def test_an_enabled_key_that_can_rotate_and_does_not_is_of_note(key: Any, verdict: Verdict) -> None:
    assert lacks_rotation(key) is verdict


def test_nobody_knows_of_a_key_whether_it_rotates_where_aws_leaves_that_out() -> None:
    key = a_resource(configuration={"KeyState": "Enabled"}, supplementary={"RotationStatus": {}})
    assert lacks_rotation(key) is None


def test_nobody_knows_of_a_policy_version_whether_it_is_in_force_where_aws_leaves_that_out() -> (
    None
):
    def verdict(statement: Any) -> Verdict:
        version = {"Document": {"Statement": statement}}
        return allows_all(a_resource(configuration={"PolicyVersionList": [version]}))

    assert verdict(ADMIN) is None
    assert verdict(ADMIN | {"Effect": "Deny"}) is False


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        ({"MultiRegionKeyType": "REPLICA"}, False),
        ({"MultiRegionKeyType": "PRIMARY"}, True),
        ({}, True),
        (None, True),
        ("REPLICA", True),
    ],
)
def test_a_replica_key_is_rotated_with_its_primary_key(kind: Any, verdict: Verdict) -> None:
    key = a_key(rotates=False, MultiRegion=True, MultiRegionConfiguration=kind)
    assert lacks_rotation(key) is verdict


def test_a_replica_key_is_judged_though_its_rotation_is_unreadable() -> None:
    replica = {"MultiRegionKeyType": "REPLICA"}
    assert lacks_rotation(a_key(ROTATION, MultiRegionConfiguration=replica)) is False


def a_policy(*statements: Any, versions: Any = (), resource_type: str = "ManagedPolicy") -> Any:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return a_resource(
        "policy",
        resource_type=f"AWS::IAM::{resource_type}",
        configuration={
            "PolicyVersionList": [*versions, {"IsDefaultVersion": True, "Document": document}]
        },
    )


def allowing(**changes: Any) -> dict[str, Any]:
    return ADMIN | changes


@pytest.mark.parametrize(
    ("statement", "is_admin"),
    [
        (ADMIN, True),
        (allowing(Action=["s3:Get*", "*"], Resource=["arn:aws:s3:::x", "*"]), True),
        (allowing(Action="*:*"), True),
        (allowing(Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}), True),
        (allowing(Effect="Deny"), False),
        (allowing(Action="iam:*"), False),
        (allowing(Resource="arn:aws:s3:::*"), False),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, False),
        ({"Effect": "Allow", "Action": "*", "NotResource": "*"}, False),
    ],
)
def test_a_policy_that_allows_every_action_on_every_resource_is_of_note(
    statement: Any, is_admin: bool
) -> None:
    harmless = allowing(Action="s3:GetObject")
    assert allows_all(a_policy(harmless, statement)) is is_admin
    document = {"Statement": statement}  # IAM allows one without a list
    version = {"IsDefaultVersion": True, "Document": document}
    alone = a_resource("policy", configuration={"PolicyVersionList": [version]})
    assert allows_all(alone) is is_admin


def test_only_the_default_version_of_a_policy_counts() -> None:
    earlier = {"IsDefaultVersion": False, "Document": {"Statement": [ADMIN]}}
    assert allows_all(a_policy(versions=[earlier])) is False


@pytest.mark.parametrize("kind", ["Role", "User", "Group"])
def test_a_policy_written_into_an_identity_counts(kind: str) -> None:
    def identity(*documents: Any) -> Any:
        listed = [{"PolicyName": "by-hand", "PolicyDocument": document} for document in documents]
        return a_resource("x", configuration={f"{kind}PolicyList": listed})

    assert allows_all(identity()) is False
    assert allows_all(identity({"Statement": []}, {"Statement": [ADMIN]})) is True
    assert allows_all(identity({"Statement": []}, "not JSON")) is None
    assert allows_all(identity("not JSON", {"Statement": [ADMIN]})) is True


def attached(*policies: Any) -> Any:
    return a_resource("x", configuration={"AttachedManagedPolicies": [*policies]})


@pytest.mark.parametrize(
    ("arn", "verdict"),
    [
        ("arn:aws:iam::aws:policy/AdministratorAccess", True),
        ("arn:aws-cn:iam::aws:policy/AdministratorAccess", True),
        ("arn:aws:iam::aws:policy/AdministratorAccess-Amplify", False),
        ("arn:aws:iam::aws:policy/PowerUserAccess", False),
        ("arn:aws:iam::123456789012:policy/AdministratorAccess", False),
        (None, None),
        (7, None),
    ],
)
def test_a_policy_of_aws_attached_to_an_identity_counts(arn: Any, verdict: Verdict) -> None:
    harmless = {"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess", "PolicyName": "x"}
    assert allows_all(attached(harmless, {"PolicyArn": arn, "PolicyName": "y"})) is verdict


def test_a_permissions_boundary_allows_nothing() -> None:
    boundary = {"PermissionsBoundaryArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    assert allows_all(a_resource("x", configuration={"PermissionsBoundary": boundary})) is False


def test_of_each_policy_of_aws_it_is_known_whether_it_allows_everything() -> None:
    for name, policy in json.loads(aws_managed_policies_data).items():
        arn = f"arn:aws:iam::aws:policy{policy['Path']}{name}"
        in_force = {"IsDefaultVersion": True, "Document": policy["Document"]}
        written = a_resource(configuration={"PolicyVersionList": [in_force]})
        assert allows_all(attached({"PolicyArn": arn})) is allows_all(written), name


@pytest.mark.parametrize(
    ("options", "state", "verdict"),
    [
        ({"HttpTokens": "optional", "HttpEndpoint": "enabled"}, "running", True),
        ({"HttpTokens": "optional"}, "stopped", True),
        ({"HttpTokens": "required", "HttpEndpoint": "enabled"}, "running", False),
        ({"HttpTokens": "optional", "HttpEndpoint": "disabled"}, "running", False),
        ({"HttpTokens": "optional"}, "terminated", False),
        ({}, "running", None),
        (None, "running", None),
    ],
)
def test_an_instance_that_answers_without_a_token_is_of_note(
    options: Any, state: str, verdict: Verdict
) -> None:
    configuration = {"MetadataOptions": options, "State": {"Name": state}}
    assert has_imdsv1(a_resource("i", configuration=configuration)) is verdict


def test_what_is_found_what_is_not_and_what_is_unknown_are_counted_apart() -> None:
    findings = Findings()
    for key in (a_key(rotates=False), a_key(rotates=True), a_key(ROTATION)):
        note(findings, key)
    note(findings, a_resource("x", resource_type="AWS::SQS::Queue"))
    assert findings.to_document() == {
        Finding.KEY_WITHOUT_ROTATION: {
            "count": 1,
            "unknown": 1,
            "arns": [a_key().arn],
        }
    }


def a_function(*statements: Any, policy: Any = None, **changes: Any) -> Any:
    document = policy or ({"Statement": [*statements]} if statements else None)
    return a_resource(
        "invoices",
        resource_type="AWS::Lambda::Function",
        supplementary={"Policy": document},
        **changes,
    )


def inviting(principal: Any, condition: Any = None) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Principal": principal}
    return statement | ({"Condition": condition} if condition else {})


BY_URL = {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}
OF_ORGANIZATION = {"StringEquals": {"aws:PrincipalOrgID": "o-abcde12345"}}
UNREADABLE = {"supplementaryConfiguration.Policy": "AccessDeniedException"}


@pytest.mark.parametrize(
    ("function", "verdict"),
    [
        (a_function(), False),
        (a_function(inviting("*")), True),
        (a_function(inviting({"AWS": "*"})), True),
        (a_function(inviting({"AWS": ["arn:aws:iam::123456789012:root", "*"]})), True),
        (a_function(inviting("*", BY_URL)), True),
        (
            a_function(inviting("*", BY_URL | {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}})),
            True,
        ),
        (a_function(inviting("*", OF_ORGANIZATION)), False),
        (
            a_function(inviting("*", {"StringEquals": {**BY_URL["StringEquals"], "aws:a": "b"}})),
            False,
        ),
        (a_function(inviting({"Service": "events.amazonaws.com"})), False),
        (a_function({**inviting("*"), "Effect": "Deny"}), False),
        (a_function(inviting({"Service": "s3.amazonaws.com"}), inviting("*")), True),
        (a_function(policy={"Statement": inviting("*")}), True),
        (a_function(policy="not JSON"), None),
        (a_function(unreadable=UNREADABLE), None),
    ],
)
def test_a_function_is_open_where_its_policy_lets_everybody_invoke_it(
    function: Any, verdict: Verdict
) -> None:
    assert is_open(function) is verdict


NO_STATEMENT = (None, "x", 7, [None], ["x"], [[ADMIN]])


@pytest.mark.parametrize("statements", NO_STATEMENT)
def test_nobody_knows_what_a_statement_that_is_none_allows(statements: Any) -> None:
    odd = {"Statement": statements}
    version = {"IsDefaultVersion": True, "Document": odd}
    assert allows_all(a_resource(configuration={"PolicyVersionList": [version]})) is None
    assert (
        allows_all(a_resource(configuration={"RolePolicyList": [{"PolicyDocument": odd}]})) is None
    )
    assert is_open(a_function(policy=odd)) is None


@pytest.mark.parametrize("odd", [1, None, {"a": 1}, [["*"]], [1]])
@pytest.mark.parametrize("element", ["Action", "Resource"])
def test_nobody_knows_what_an_element_of_another_kind_allows(element: str, odd: Any) -> None:
    assert allows_all(a_policy(allowing(**{element: odd}))) is None
    assert allows_all(a_policy(allowing(**{element: odd}), ADMIN)) is True
    assert allows_all(a_policy(allowing(**{element: odd}, Effect="Deny"))) is False
    assert allows_all(a_policy(allowing(**{element: ["*", odd]}))) is True


@pytest.mark.parametrize(
    "odd",
    [
        inviting(7),
        inviting([["*"]]),
        inviting("*", [1]),
        inviting("*", "x"),
        inviting("*", {"StringEquals": 1}),
        inviting("*") | {"Condition": None},
    ],
)
def test_nobody_knows_whom_a_statement_of_another_kind_lets_in(odd: Any) -> None:
    assert is_open(a_function(odd)) is None
    assert is_open(a_function(odd, inviting("*"))) is True
    assert is_open(a_function(odd | {"Effect": "Deny"})) is False


RESOURCES: dict[str, Any] = {
    "AWS::S3::Bucket": {
        "supplementary": {
            "Acl": granted_to(EVERYBODY),
            "PolicyStatus": PUBLIC,
            "PublicAccessBlock": OPEN,
            "AccountPublicAccessBlock": OPEN,
            "OwnershipControls": ENFORCED,
        }
    },
    "AWS::KMS::Key": {
        "configuration": {"KeyState": "Enabled"},
        "supplementary": {"RotationStatus": {"KeyRotationEnabled": False}},
    },
    "AWS::IAM::ManagedPolicy": {
        "configuration": {
            "PolicyVersionList": [{"IsDefaultVersion": True, "Document": {"Statement": [ADMIN]}}]
        }
    },
    "AWS::IAM::Role": {
        "configuration": {
            "RolePolicyList": [{"PolicyDocument": {"Statement": [ADMIN]}}],
            "AttachedManagedPolicies": [{"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}],
        }
    },
    "AWS::EC2::Instance": {
        "configuration": {
            "MetadataOptions": {"HttpTokens": "optional"},
            "State": {"Name": "running"},
        }
    },
    "AWS::Lambda::Function": {
        "supplementary": {"Policy": {"Statement": [inviting({"AWS": ["*"]}, BY_URL)]}}
    },
}


@given(st.sampled_from([*RESOURCES]), st.data())
def test_whatever_is_in_a_resource_it_is_judged_or_unknown(kind: str, data: st.DataObject) -> None:
    fields = {
        name: data.draw(damaged(field, any_json), label=name)
        for name, field in RESOURCES[kind].items()
    }
    is_judged_or_unknown(a_resource(resource_type=kind, **fields))


@given(st.sampled_from([*FOUND.values()]), st.data())
def test_whatever_is_in_a_found_resource_it_is_judged_or_unknown(
    found: Resource, data: st.DataObject
) -> None:
    fields = {
        name: data.draw(damaged(getattr(found, name), any_json), label=name)
        for name in ("configuration", "supplementary")
    }
    is_judged_or_unknown(replace(found, **fields))


def is_judged_or_unknown(resource: Resource) -> None:
    findings = Findings()
    note(findings, resource)
    for figures in findings.to_document().values():
        assert figures["count"] + figures["unknown"] == 1


@given(policies())
def test_whatever_a_policy_is_it_is_judged_or_unknown(text: str) -> None:
    policy = document(text)
    in_force = [{"IsDefaultVersion": True, "Document": policy}]
    verdicts = [
        is_open(a_function(policy=policy)),
        allows_all(a_resource(configuration={"PolicyVersionList": in_force})),
        allows_all(a_resource(configuration={"GroupPolicyList": [{"PolicyDocument": policy}]})),
    ]
    assert verdicts[1] is verdicts[2]
    if isinstance(policy, str):
        assert set(verdicts) <= {None, False}


def test_every_finding_is_looked_for_in_the_type_that_it_speaks_of_and_alone() -> None:
    assert FOUND.keys() == set(Finding)
    for finding, resource in FOUND.items():
        findings = Findings()
        note(findings, resource)
        figures = {"count": 1, "unknown": 0, "arns": [resource.arn]}
        assert findings.to_document() == {finding: figures}


ALSO_IN = {
    Finding.POLICY_ALLOWS_ALL: ("IAM::Role", "IAM::User", "IAM::Group"),
    Finding.PUBLIC_FUNCTION: ("Lambda::Alias",),
    Finding.PUBLIC_DATABASE: (
        *("RDS::DBInstance", "RDS::DBCluster", "Neptune::DBInstance", "DocDB::DBInstance"),
    ),
    Finding.PUBLIC_DATABASE_SNAPSHOT: (
        *("RDS::DBClusterSnapshot", "Neptune::DBClusterSnapshot", "DocDB::DBClusterSnapshot"),
    ),
}
CLASSIC = a_resource(
    resource_type="AWS::ElasticLoadBalancing::LoadBalancer",
    configuration={
        "Scheme": "internet-facing",
        "ListenerDescriptions": [{"Listener": {"Protocol": "HTTP"}}],
    },
)


@pytest.mark.parametrize(
    ("finding", "resource"),
    [
        *(
            (finding, replace(FOUND[finding], resource_type=f"AWS::{kind}"))
            for finding, kinds in ALSO_IN.items()
            for kind in kinds
        ),
        (Finding.LISTENER_WITHOUT_TLS, CLASSIC),
    ],
    ids=lambda either: getattr(either, "resource_type", either),
)
def test_a_finding_is_counted_in_resources_of_each_further_type(
    finding: Finding, resource: Resource
) -> None:
    findings = Findings()
    note(findings, resource)
    counted = findings.to_document()[finding]
    assert (counted["count"], counted["arns"]) == (1, [resource.arn])


def test_all_are_counted_and_the_first_are_named() -> None:
    scope, whole = Tally(), Tally(findings=Findings(named=0))
    for number in range(NAMED + 5):
        scope.count(Change.CREATED)
        note(scope.findings, a_key(rotates=False, name=f"{number:03}"))
    document = scope.to_document()["findings"][Finding.KEY_WITHOUT_ROTATION]
    assert (document["count"], len(document["arns"])) == (NAMED + 5, NAMED)
    assert document["arns"][0].endswith("key/000")
    whole.add(scope.to_document())
    whole.add(scope.to_document())
    assert whole.to_document()["findings"] == {
        Finding.KEY_WITHOUT_ROTATION: {"count": 2 * (NAMED + 5), "unknown": 0}
    }


def test_findings_survive_a_checkpoint() -> None:
    tally = Tally()
    note(tally.findings, a_key(rotates=False))
    note(tally.findings, a_key(ROTATION))
    assert Tally.parse(tally.to_document()) == tally
