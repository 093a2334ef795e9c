"""What a change means: each effect by its rule, and none where nobody can tell."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidb2.items.effects.counting import EffectCounts
from cidb2.items.effects.rules import effects_of
from cidb2.items.findings.catalog import RULES
from cidb2.items.item import Change, Effect, Effects, Item, Status, live_item, tombstone
from cidb2.items.resource import Resource
from cidb2.scope import Scope
from tests.support.builders import ACCOUNT, MOMENT, RUN_ID, a_resource
from tests.support.strategies import any_json, json_objects, resources, texts

STRANGER = "999999999999"
WIDER, TRUST = Effect.EXPOSURE_WIDENED, Effect.TRUST_ADDED
PLAIN, OTHER, TAGS = Effect.ENCRYPTION_REMOVED, Effect.REPLACED, Effect.TAGS_ONLY


def of_type(
    kind: str,
    configuration: Mapping[str, Any] | None = None,
    supplementary: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Resource:
    return a_resource(
        "one",
        resource_type=f"AWS::{kind}",
        configuration=configuration or {},
        supplementary=supplementary or {},
        **changes,
    )


def item_of(resource: Resource) -> Item:
    scope = Scope(ACCOUNT, "any", resource.region)
    return live_item(resource, scope, RUN_ID, Change.CREATED, MOMENT)


def effects(before: Resource, after: Resource) -> Effects:
    return effects_of(item_of(before), after)


def allows(*principals: Any, **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"AWS": [*principals]}, "Action": "*"}
    return {"Statement": [statement | ({"Condition": condition} if condition else {})]}


def bucket(*, is_public: bool) -> Resource:
    blocks = {"RestrictPublicBuckets": not is_public, "IgnorePublicAcls": True}
    told = {"PolicyStatus": {"IsPublic": True}, "PublicAccessBlock": blocks, "Acl": {"Grants": []}}
    return of_type("S3::Bucket", {"Name": "one"}, told | {"OwnershipControls": None})


def group(*rules: tuple[str, int | None, int | None, str]) -> Resource:
    return of_type(
        "EC2::SecurityGroup",
        {
            "IpPermissions": [
                {
                    "IpProtocol": protocol,
                    **({} if first is None else {"FromPort": first, "ToPort": last}),
                    ("Ipv6Ranges" if ":" in cidr else "IpRanges"): [
                        {"CidrIpv6" if ":" in cidr else "CidrIp": cidr}
                    ],
                }
                for protocol, first, last, cidr in rules
            ]
        },
    )


def role(*principals: Any, **changes: Any) -> Resource:
    return of_type("IAM::Role", {"AssumeRolePolicyDocument": allows(*principals)}, **changes)


HTTPS = ("tcp", 443, 443, "198.51.100.0/24")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (bucket(is_public=False), bucket(is_public=True), {WIDER}),
        (bucket(is_public=True), bucket(is_public=False), set()),
        (
            of_type("SQS::Queue", {"Policy": allows(ACCOUNT)}),
            of_type("SQS::Queue", {"Policy": allows(ACCOUNT, "*")}),
            {WIDER, TRUST},
        ),
        (
            of_type("EKS::Cluster", {"resourcesVpcConfig": {"endpointPublicAccess": False}}),
            of_type("EKS::Cluster", {"resourcesVpcConfig": {"endpointPublicAccess": True}}),
            {WIDER},
        ),
        (
            of_type("ApiGateway::RestApi", {"endpointConfiguration": {"types": ["PRIVATE"]}}),
            of_type("ApiGateway::RestApi", {"endpointConfiguration": {"types": ["REGIONAL"]}}),
            {WIDER},
        ),
        (role(ACCOUNT), role(ACCOUNT, STRANGER), {TRUST}),
        (role(ACCOUNT, STRANGER), role(ACCOUNT), set()),
        (
            of_type("RDS::DBInstance", {"StorageEncrypted": True, "DbiResourceId": "db-A"}),
            of_type("RDS::DBInstance", {"StorageEncrypted": False, "DbiResourceId": "db-B"}),
            {PLAIN, OTHER},
        ),
        (
            of_type("SNS::Topic", {"KmsMasterKeyId": "alias/one"}),
            of_type("SNS::Topic", {}),
            {PLAIN},
        ),
        (
            of_type("SQS::Queue", {"SqsManagedSseEnabled": "true"}),
            of_type("SQS::Queue", {"SqsManagedSseEnabled": "false"}),
            {PLAIN},
        ),
        (
            of_type("SQS::Queue", {"SqsManagedSseEnabled": "true"}),
            of_type("SQS::Queue", {"SqsManagedSseEnabled": "false", "KmsMasterKeyId": "alias/a"}),
            set(),
        ),
        (
            of_type("EC2::AccountSettings", {"EbsEncryptionByDefault": True}),
            of_type("EC2::AccountSettings", {"EbsEncryptionByDefault": False}),
            {PLAIN},
        ),
        (
            of_type("IAM::Role", {}, resource_id="AROAFIRST"),
            of_type("IAM::Role", {}, resource_id="AROASECOND"),
            {OTHER},
        ),
        (
            of_type("Logs::LogGroup", {"creationTime": 1_700_000_000_000}),
            of_type("Logs::LogGroup", {"creationTime": 1_700_000_000_001}),
            {OTHER},
        ),
        (
            of_type("S3::Bucket", {"CreationDate": "2026-01-01T00:00:00Z"}),
            of_type("S3::Bucket", {"CreationDate": "2026-01-02T00:00:00Z"}),
            {OTHER},
        ),
        (
            of_type("OpenSearchService::Domain", {"Created": False}),
            of_type("OpenSearchService::Domain", {"Created": True}),
            set(),
        ),
        (a_resource(tags={"a": "1"}), a_resource(tags={"a": "2"}), {TAGS}),
        (
            a_resource(tags={"Name": "a"}, resource_name="a"),
            a_resource(tags={"Name": "b"}, resource_name="b"),
            {TAGS},
        ),
        (
            of_type("EC2::Volume", {"Tags": [{"Key": "a", "Value": "1"}]}, tags={"a": "1"}),
            of_type("EC2::Volume", {"Tags": [{"Key": "a", "Value": "2"}]}, tags={"a": "2"}),
            {TAGS},
        ),
        (
            of_type("EC2::Volume", {"Size": 1}, tags={"a": "1"}),
            of_type("EC2::Volume", {"Size": 2}, tags={"a": "2"}),
            set(),
        ),
        (a_resource(resource_name="a"), a_resource(resource_name="b"), set()),
    ],
)
def test_a_change_has_the_effects_of_what_differs_and_no_others(
    before: Resource, after: Resource, expected: set[Effect]
) -> None:
    assert effects(before, after)["effects"] == [each for each in Effect if each in expected]


@pytest.mark.parametrize(
    ("before", "after", "is_wider"),
    [
        ([], [HTTPS], True),
        ([HTTPS], [], False),
        ([], [("tcp", 443, 443, "10.0.0.0/8")], False),
        ([], [("tcp", 443, 443, "fd00::/8")], False),
        ([], [("tcp", 443, 443, "2001:db8::/32")], True),
        ([HTTPS], [("6", 443, 443, "198.51.100.7/32")], False),
        ([HTTPS], [("tcp", 443, 444, "198.51.100.0/24")], True),
        ([HTTPS], [("udp", 443, 443, "198.51.100.0/24")], True),
        ([HTTPS], [("-1", None, None, "198.51.100.0/24")], True),
        ([("-1", None, None, "198.51.100.0/24")], [HTTPS], False),
        (
            [("tcp", 443, 443, "198.51.100.0/25"), ("tcp", 443, 443, "198.51.100.128/25")],
            [HTTPS],
            False,
        ),
        ([HTTPS], [("tcp", 443, 443, "198.51.100.0/23")], True),
        ([("icmp", -1, -1, "0.0.0.0/0")], [("icmp", 8, 8, "0.0.0.0/0")], False),
        ([HTTPS], [HTTPS, ("tcp", 443, 443, "not an address")], False),
        ([("tcp", 443, 443, "not an address")], [HTTPS], False),
    ],
)
def test_a_security_group_is_wider_where_it_lets_in_more_public_addresses(
    before: list[Any], after: list[Any], is_wider: bool
) -> None:
    assert (WIDER in effects(group(*before), group(*after))["effects"]) is is_wider


def test_added_trust_names_the_principals_those_of_other_accounts_first() -> None:
    of_ours, ours = f"arn:aws:iam::{ACCOUNT}:role/b", f"arn:aws:iam::{ACCOUNT}:root"
    told = effects(role(ours), role(ours, of_ours, STRANGER, "*"))
    assert told == {"effects": ["TRUST_ADDED"], "addedPrincipals": ["*", STRANGER, of_ours]}


def test_a_condition_that_goes_adds_everybody_to_whom_is_trusted() -> None:
    ours = allows("*", StringEquals={"aws:PrincipalOrgID": "o-1a2b3c4d5e"})
    before = of_type("SNS::Topic", {"Policy": ours})
    after = of_type("SNS::Topic", {"Policy": allows("*")})
    assert effects(before, after)["addedPrincipals"] == ["*"]


def test_a_deleted_principal_that_aws_names_by_its_id_is_no_added_trust() -> None:
    before = role(f"arn:aws:iam::{STRANGER}:role/gone")
    assert effects(before, role("AROA1234567890ABCDEFG"))["effects"] == []


def test_the_account_with_which_a_snapshot_is_shared_is_trusted() -> None:
    shares = {"CreateVolumePermissions": [{"UserId": STRANGER}], "IsPublic": False}
    before = of_type("EC2::Snapshot", {}, {"CreateVolumePermissions": [], "IsPublic": False})
    told = effects(before, of_type("EC2::Snapshot", {}, shares))
    assert told == {"effects": ["TRUST_ADDED"], "addedPrincipals": [STRANGER]}


POLICY = "supplementaryConfiguration.Policy"
OPEN = {"Policy": allows("*")}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            a_resource(supplementary={}, unreadable={POLICY: "Denied"}),
            a_resource(supplementary=OPEN),
        ),
        (a_resource(supplementary={}), a_resource(supplementary=OPEN)),
        (
            a_resource(supplementary={"Policy": allows()}),
            a_resource(supplementary={}, unreadable={POLICY: "Denied"}),
        ),
        (
            a_resource(configuration=None, unreadable={"configuration": "Denied"}),
            a_resource(configuration={"CreationDate": "2026-01-01T00:00:00Z"}),
        ),
        (
            a_resource(tags=None, unreadable={"tags": "Denied"}),
            a_resource(tags={"a": "1"}),
        ),
        (of_type("SNS::Topic", {"KmsMasterKeyId": "a"}), of_type("SNS::Topic", None)),
    ],
)
def test_what_one_side_never_had_makes_no_effect(before: Resource, after: Resource) -> None:
    after = replace(after, configuration=None) if not after.configuration else after
    assert effects(before, after)["effects"] == []


def test_a_field_that_is_readable_again_is_compared_with_what_was_last_known() -> None:
    known = a_resource(supplementary={"Policy": allows(ACCOUNT)}, unreadable={POLICY: "Denied"})
    told = effects(known, a_resource(supplementary={"Policy": allows(ACCOUNT, STRANGER)}))
    assert told["addedPrincipals"] == [STRANGER]


def test_a_field_that_is_unreadable_today_makes_no_effect_by_what_is_remembered() -> None:
    blocked = bucket(is_public=False)
    now = replace(
        bucket(is_public=True),
        unreadable=a_resource(
            unreadable={"supplementaryConfiguration.PublicAccessBlock": "Denied"}
        ).unreadable,
    )
    assert effects(blocked, now)["effects"] == []


def test_the_effects_of_an_item_whose_large_fields_were_not_read_are_unknown() -> None:
    item = item_of(role(ACCOUNT))
    for name in ("tags", "configuration", "supplementaryConfiguration"):
        del item[name]  # type: ignore[misc]  # by name
    item["pointer"] = {"bucket": "bucket", "key": "key"}
    assert effects_of(item, role(STRANGER)) == {}


def test_a_type_that_this_release_does_not_know_has_no_effects() -> None:
    assert effects(of_type("New::Type", {"A": 1}), of_type("New::Type", {"A": 2}))["effects"] == []


def test_a_deletion_does_not_repeat_the_effects_of_the_last_change() -> None:
    told = effects(role(ACCOUNT), role(STRANGER))
    scope = Scope(ACCOUNT, "iam", "global")
    item = live_item(role(STRANGER), scope, RUN_ID, Change.CHANGED, MOMENT, told)
    assert item["effects"] == ["TRUST_ADDED"]
    gone = tombstone(item, RUN_ID, MOMENT)
    assert gone["configurationItemStatus"] == Status.DELETED
    assert not {"effects", "addedPrincipals"} & gone.keys()


def test_findings_of_exposure_and_encryption_have_an_effect_and_others_have_none() -> None:
    told = {rule.finding.value: rule.effect for rule in RULES}
    assert {name for name, effect in told.items() if effect is WIDER} == {
        *(name for name in told if name.startswith("PUBLIC_")),
        "OPEN_ADMINISTRATION_PORT",
    }
    assert {name for name, effect in told.items() if effect is PLAIN} == {
        *(name for name in told if name.startswith("UNENCRYPTED_")),
        "LISTENER_WITHOUT_TLS",
    }


TYPES = (
    *("AWS::S3::Bucket", "AWS::EC2::SecurityGroup", "AWS::IAM::Role", "AWS::KMS::Key"),
    *("AWS::RDS::DBInstance", "AWS::SQS::Queue", "AWS::EC2::Snapshot", "AWS::EKS::Cluster"),
    *("AWS::Lambda::Function", "AWS::ElasticLoadBalancingV2::Listener", "AWS::New::Type"),
)
MEMBERS = (
    *("IpPermissions", "Policy", "AssumeRolePolicyDocument", "CreationDate", "CreateTime", "Tags"),
    *("DbiResourceId", "StorageEncrypted", "KmsMasterKeyId", "resourcesVpcConfig", "Acl"),
    *("PolicyStatus", "CreateVolumePermissions", "SqsManagedSseEnabled", "PublicAccessBlock"),
)
odd_members = st.dictionaries(st.sampled_from(MEMBERS) | texts, any_json | json_objects, max_size=6)
odd = st.builds(
    a_resource,
    resource_type=st.sampled_from(TYPES),
    resource_id=st.sampled_from(("one", "two")),
    configuration=st.none() | odd_members,
    supplementary=odd_members,
    tags=st.none() | st.dictionaries(texts, texts, max_size=2),
    resource_name=st.none() | texts,
)


@given(resources | odd)
def test_a_resource_that_did_not_change_has_no_effects(resource: Resource) -> None:
    assert effects(resource, resource)["effects"] == []


@given(odd, odd)
def test_no_content_makes_judging_fail_and_no_effect_goes_both_ways(
    one: Resource, other: Resource
) -> None:
    other = replace(other, resource_type=one.resource_type)
    there, back = effects(one, other)["effects"], effects(other, one)["effects"]
    both_ways = {"REPLACED", "TAGS_ONLY", "TRUST_ADDED"}
    if one.resource_type == "AWS::EC2::SecurityGroup":
        both_ways |= {"EXPOSURE_WIDENED"}  # other addresses, not more
    assert {*there} & {*back} <= both_ways


def test_effects_are_counted_and_the_first_are_named_with_whom_they_trust() -> None:
    counts = EffectCounts(named=1)
    principals = [f"{number:012}" for number in range(7)]
    told: Effects = {"effects": ["TRUST_ADDED", "REPLACED"], "addedPrincipals": principals}
    counts.note("arn:a", told)
    counts.note("arn:b", told)
    counts.note("arn:c", {"effects": ["TAGS_ONLY"]})
    counts.note("arn:d", {"effects": []})
    counts.note("arn:e", {})
    document = counts.to_document()
    assert document == {
        "TRUST_ADDED": {
            "count": 2,
            "named": [{"arn": "arn:a", "principals": principals[:5], "more": 2}],
        },
        "REPLACED": {"count": 2, "named": [{"arn": "arn:a"}]},
        "TAGS_ONLY": {"count": 1},
    }
    total = EffectCounts(named=0)
    total.add(document)
    assert total.to_document()["TRUST_ADDED"] == {"count": 2}
