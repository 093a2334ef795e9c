"""What the internet reaches: databases, snapshots, search domains, policies, listeners."""

from typing import Any

import pytest

from cidb2.items.findings.databases import (
    is_public_database,
    is_public_database_snapshot,
    is_public_domain,
)
from cidb2.items.findings.listeners import accepts_old_tls, serves_in_clear
from cidb2.items.findings.policies import lets_everybody_in
from cidb2.items.findings.resource_policies import RULES, is_open
from cidb2.items.findings.verdicts import Verdict
from tests.support.builders import a_resource

OPEN = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:*"}]}
CLOSED = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "1"}, "Action": "sqs:*"}]}


def of(kind: str, *unreadable: str, fields: Any = None, **configuration: Any) -> Any:
    return a_resource(
        resource_type=f"AWS::{kind}",
        configuration=configuration,
        supplementary=fields or {},
        unreadable=dict.fromkeys(unreadable, "AccessDenied"),
    )


PUBLIC, PRIVATE = {"PubliclyAccessible": True}, {"PubliclyAccessible": False}


@pytest.mark.parametrize(
    ("database", "verdict"),
    [
        (of("RDS::DBInstance", **PUBLIC), True),
        (of("RDS::DBInstance", **PRIVATE), False),
        (of("RDS::DBInstance", Engine="aurora-mysql"), None),
        (of("RDS::DBInstance", PubliclyAccessible="true"), None),
        (of("RDS::DBInstance", "configuration", **PRIVATE), None),
        (of("RDS::DBCluster", Engine="mysql", **PUBLIC), True),
        (of("RDS::DBCluster", Engine="aurora-postgresql", **PUBLIC), True),
        (of("RDS::DBCluster", Engine="aurora-postgresql"), False),
        (of("RDS::DBCluster", Engine="postgres"), None),
        (of("RDS::DBCluster", Engine=7), None),
        (of("RDS::DBCluster"), None),
        (of("Redshift::Cluster", **PUBLIC), True),
        (of("Redshift::Cluster", **PRIVATE), False),
        (of("Redshift::Cluster"), None),
    ],
)
def test_a_database_with_a_public_address_is_found(database: Any, verdict: Verdict) -> None:
    assert is_public_database(database) is verdict


ATTRIBUTES = "supplementaryConfiguration.Attributes"


def shared(*accounts: Any, name: Any = "restore") -> dict[str, Any]:
    told = {"AttributeName": name, "AttributeValues": [*accounts]}
    return {"Attributes": [{"AttributeName": "x", "AttributeValues": ["all"]}, told]}


def a_snapshot(fields: Any, *unreadable: str, kind: Any = "manual") -> Any:
    return of("RDS::DBSnapshot", *unreadable, fields=fields, SnapshotType=kind)


@pytest.mark.parametrize(
    ("snapshot", "verdict"),
    [
        (a_snapshot(shared("all")), True),
        (a_snapshot(shared("210987654321", "all")), True),
        (a_snapshot(shared("210987654321")), False),
        (a_snapshot(shared()), False),
        (a_snapshot(shared(7)), None),
        (a_snapshot(shared("all", name=None)), None),
        (a_snapshot({"Attributes": [{"AttributeName": "restore"}]}), None),
        (a_snapshot({"Attributes": ["x"]}), None),
        (a_snapshot(shared("all"), ATTRIBUTES), None),
        (a_snapshot({"Attributes": None}), None),
        (a_snapshot({"Attributes": None}, kind="automated"), False),
        (a_snapshot({"Attributes": None}, kind=None), None),
        (a_snapshot({"Attributes": None}, "configuration", kind="automated"), None),
    ],
)
def test_a_database_snapshot_that_all_accounts_may_restore_is_found(
    snapshot: Any, verdict: Verdict
) -> None:
    assert is_public_database_snapshot(snapshot) is verdict


def a_domain(*unreadable: str, **configuration: Any) -> Any:
    return of("OpenSearchService::Domain", *unreadable, **configuration)


@pytest.mark.parametrize(
    ("domain", "verdict"),
    [
        (a_domain(AccessPolicies=OPEN), True),
        (a_domain(AccessPolicies=OPEN, VPCOptions={}), True),
        (a_domain(AccessPolicies=OPEN, VPCOptions={"SubnetIds": [], "VPCId": None}), True),
        (a_domain(AccessPolicies=OPEN, VPCOptions={"SubnetIds": ["subnet-1"]}), False),
        (a_domain(AccessPolicies=CLOSED), False),
        (a_domain(AccessPolicies=""), False),
        (a_domain(AccessPolicies="not JSON"), None),
        (a_domain(), None),
        (a_domain(VPCOptions={"VPCId": "vpc-1"}), False),
        (a_domain("configuration", AccessPolicies=CLOSED), None),
        (a_domain("configuration.VPCOptions", AccessPolicies=OPEN), None),
        (a_domain("configuration.AccessPolicies", AccessPolicies=OPEN), None),
    ],
)
def test_a_search_domain_outside_of_a_vpc_that_lets_everybody_in_is_found(
    domain: Any, verdict: Verdict
) -> None:
    assert is_public_domain(domain) is verdict


def under(condition: Any, **changes: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Condition": condition}
    return {"Statement": statement | changes}


@pytest.mark.parametrize(
    ("policy", "verdict"),
    [
        (OPEN, True),
        (CLOSED, False),
        ({"Statement": [*CLOSED["Statement"], *OPEN["Statement"]]}, True),
        ({}, False),
        ({"Statement": [None]}, None),
        ({"Statement": {"Effect": "Allow", "NotPrincipal": {"AWS": "1"}}}, True),
        ({"Statement": {"Effect": "Deny", "NotPrincipal": {"AWS": "1"}}}, False),
        (under({}), True),
        (under({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}), False),
        (under({"StringEquals": {"AWS:SourceOwner": "1"}}), False),
        (under({"Bool": {"aws:SecureTransport": "true"}}), True),
        (under({"Bool": {"AWS:securetransport": "true"}}), True),
        (under({"StringEquals": {"our:Key": "1"}}), True),
        (under({"StringEquals": {"our:Key": "1", "aws:SourceVpc": "vpc-1"}}), False),
        (
            under({"Bool": {"aws:SecureTransport": "true"}, "ArnLike": {"aws:SourceArn": "a"}}),
            False,
        ),
        (under({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}), True),
        (under({"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "::/0"]}}), True),
        (under({"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "10.0.0.0/8"]}}), False),
        (under({"StringLike": {"aws:PrincipalArn": "*"}}), True),
        (under({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::1:role/*"}}), False),
        (under({"StringNotEquals": {"aws:PrincipalAccount": "1"}}), True),
        (under({"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}), True),
        (under({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}), True),
        (under({"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": "o-1/*"}}), True),
        (under({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/*"}}), False),
        (under({"Null": {"aws:PrincipalOrgID": "false"}}), True),
        (under({"StringEquals": {"aws:SourceAccount": 7}}), False),
        (under({"StringEquals": 7}), None),
        (under(None), None),
        (under("x"), None),
        (under("x", Effect="Deny"), False),
        (under("x", Principal={"Service": "*"}), False),
    ],
)
def test_a_policy_lets_everybody_in_unless_a_condition_excludes_somebody(
    policy: Any, verdict: Verdict
) -> None:
    assert lets_everybody_in(policy, {"our:key"}) is verdict


FIELDS = {
    "Backup::BackupVault": "AccessPolicy",
    "DynamoDB::Table": "Policy",
    "ECR::Repository": "Policy",
    "EFS::FileSystem": "Policy",
    "KMS::Key": "Policy",
    "Kinesis::Stream": "ResourcePolicy",
    "MSK::Cluster": "ClusterPolicy",
    "MSK::ServerlessCluster": "ClusterPolicy",
    "SecretsManager::Secret": "ResourcePolicy",
}
MEMBERS = ("Events::EventBus", "SNS::Topic", "SQS::Queue")
POINT = "S3::AccessPoint"


def test_the_types_that_have_a_policy_of_their_own_are_judged() -> None:
    assert RULES[0].types == tuple(f"AWS::{kind}" for kind in (*FIELDS, POINT, *MEMBERS))


def point(*unreadable: str, policy: Any = OPEN, origin: Any = "Internet", block: Any = None) -> Any:
    fields = {"Policy": policy}
    member = {"PublicAccessBlockConfiguration": block} if block else {}
    return of(POINT, *unreadable, fields=fields, NetworkOrigin=origin, **member)


OPENED, BLOCKED = {"RestrictPublicBuckets": False}, {"RestrictPublicBuckets": True}


@pytest.mark.parametrize(
    ("access_point", "verdict"),
    [
        (point(block=OPENED), True),
        (point(block=BLOCKED), False),
        (point(block=OPENED, origin="VPC"), False),
        (point(origin="VPC"), False),
        (point(block=BLOCKED, origin=None), False),
        (point(block=OPENED, policy=CLOSED), False),
        (point(block=OPENED, policy=None), False),
        (point("configuration", policy=None), False),
        (point(), None),
        (point(block={"BlockPublicPolicy": False}), None),
        (point(block={"RestrictPublicBuckets": "false"}), None),
        (point(block=OPENED, origin=None), None),
        (point(block=OPENED, policy="not JSON"), None),
        (point("configuration", block=BLOCKED), None),
        (point("configuration.NetworkOrigin", block=OPENED, origin="VPC"), None),
        (point("supplementaryConfiguration.Policy", block=OPENED), None),
    ],
)
def test_an_access_point_for_everybody_is_found_unless_it_is_for_a_vpc_or_blocks_public_policies(
    access_point: Any, verdict: Verdict
) -> None:
    assert is_open(access_point) is verdict


@pytest.mark.parametrize(("kind", "field"), FIELDS.items())
def test_the_field_of_a_policy_is_judged(kind: str, field: str) -> None:
    def verdict(policy: Any, *unreadable: str) -> Verdict:
        names = [f"supplementaryConfiguration.{name}" for name in unreadable]
        return is_open(of(kind, *names, fields={field: policy}))

    assert verdict(OPEN) is True
    assert verdict(CLOSED) is False
    assert verdict(None) is False
    assert verdict("not JSON") is None
    assert verdict(OPEN, field) is None


@pytest.mark.parametrize("kind", MEMBERS)
def test_the_member_of_a_policy_is_judged(kind: str) -> None:
    assert is_open(of(kind, Policy=OPEN)) is True
    assert is_open(of(kind, Policy=CLOSED)) is False
    assert is_open(of(kind, Policy="")) is False
    assert is_open(of(kind)) is False
    assert is_open(of(kind, Policy="not JSON")) is None
    assert is_open(of(kind, "configuration", Policy=OPEN)) is None
    assert is_open(of(kind, "configuration.Policy", Policy=OPEN)) is None
    assert is_open(of(kind, "configuration.Name", Policy=OPEN)) is True
    assert is_open(a_resource(resource_type=f"AWS::{kind}", configuration=None)) is None


FORWARD = {"Type": "forward", "TargetGroupArn": "x"}
REDIRECT = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS"}}
RULES_FIELD = "supplementaryConfiguration.Rules"


def a_listener(
    *actions: Any,
    unreadable: Any = (),
    scheme: Any = "internet-facing",
    rules: Any = (),
    protocol: Any = "HTTP",
    **configuration: Any,
) -> Any:
    return of(
        "ElasticLoadBalancingV2::Listener",
        *unreadable,
        fields={"Scheme": scheme, "Rules": [*rules] if isinstance(rules, tuple) else rules},
        Protocol=protocol,
        DefaultActions=[*actions],
        **configuration,
    )


@pytest.mark.parametrize(
    ("listener", "verdict"),
    [
        (a_listener(FORWARD), True),
        (a_listener({"Type": "authenticate-cognito"}, FORWARD), True),
        (a_listener(REDIRECT), False),
        (a_listener({"Type": "fixed-response"}), False),
        (a_listener(REDIRECT, rules=({"Actions": [REDIRECT]}, {"Actions": [FORWARD]})), True),
        (a_listener(REDIRECT, rules=({"Actions": [REDIRECT]},)), False),
        (a_listener(FORWARD, scheme="internal"), False),
        (a_listener(FORWARD, scheme=None), None),
        (a_listener(FORWARD, scheme="x"), None),
        (a_listener(FORWARD, protocol="HTTPS"), False),
        (a_listener(FORWARD, protocol="TCP"), False),
        (a_listener(FORWARD, protocol=None), None),
        (a_listener(REDIRECT, protocol=None), False),
        (a_listener({}), None),
        (a_listener(REDIRECT, rules=None), None),
        (a_listener(REDIRECT, rules=({},)), None),
        (a_listener(REDIRECT, unreadable=[RULES_FIELD]), None),
        (a_listener(FORWARD, unreadable=[RULES_FIELD]), True),
        (a_listener(FORWARD, unreadable=["configuration"]), None),
    ],
)
def test_a_listener_that_forwards_requests_of_the_internet_in_clear_is_found(
    listener: Any, verdict: Verdict
) -> None:
    assert serves_in_clear(listener) is verdict


def a_classic(*protocols: Any, **changes: Any) -> Any:
    described = [{"Listener": {"Protocol": one}} for one in protocols]
    fields = {"Scheme": "internet-facing", "ListenerDescriptions": described} | changes
    return of("ElasticLoadBalancing::LoadBalancer", **fields)


@pytest.mark.parametrize(
    ("balancer", "verdict"),
    [
        (a_classic("HTTP"), True),
        (a_classic("HTTPS", "http"), True),
        (a_classic("HTTPS", "TCP", "SSL"), False),
        (a_classic(), False),
        (a_classic(None), None),
        (a_classic("HTTP", Scheme="internal"), False),
        (a_classic("HTTP", Scheme=None), None),
        (a_classic(ListenerDescriptions=None), None),
    ],
)
def test_a_classic_load_balancer_that_takes_http_of_the_internet_is_found(
    balancer: Any, verdict: Verdict
) -> None:
    assert serves_in_clear(balancer) is verdict


OLD = (
    *("2015-05", "2016-08", "FS-2018-06", "FS-1-1-2019-08", "TLS-1-0-2015-04", "TLS-1-1-2017-01"),
    *("TLS13-1-0-2021-06", "TLS13-1-0-PQ-2025-09", "TLS13-1-1-2021-06", "TLS13-1-1-FIPS-2023-04"),
)
NEW = (
    *("TLS-1-2-2017-01", "TLS-1-2-Ext-2018-06", "FS-1-2-Res-2020-10", "TLS13-1-2-2021-06"),
    *("TLS13-1-2-Res-PQ-2025-09", "TLS13-1-2-Ext2-FIPS-2023-04", "TLS13-1-3-2021-06"),
)


@pytest.mark.parametrize(
    ("policy", "verdict"),
    [
        *((f"ELBSecurityPolicy-{name}", True) for name in OLD),
        *((f"ELBSecurityPolicy-{name}", False) for name in NEW),
        ("ELBSecurityPolicy-2031-01", None),
        ("ELBSecurityPolicy-TLS13-1-4-2031-01", None),
        ("ours-TLS13-1-0", None),
        (None, None),
        (7, None),
    ],
)
@pytest.mark.parametrize("protocol", ["HTTPS", "TLS"])
def test_a_listener_whose_policy_accepts_tls_before_1_2_is_found(
    protocol: str, policy: Any, verdict: Verdict
) -> None:
    assert accepts_old_tls(a_listener(protocol=protocol, SslPolicy=policy)) is verdict


def test_a_listener_without_tls_has_no_old_tls_and_one_without_a_protocol_is_unknown() -> None:
    old = f"ELBSecurityPolicy-{OLD[0]}"
    assert accepts_old_tls(a_listener()) is False
    assert accepts_old_tls(a_listener(protocol=None, SslPolicy=old)) is None
    assert accepts_old_tls(a_listener(unreadable=["configuration"], protocol="TLS")) is None
