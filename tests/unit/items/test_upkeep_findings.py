"""What is not kept up: encryption, certificates, secrets, trails, and versions by their dates."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cidb2.items.findings import encryption, end_of_support
from cidb2.items.findings.catalog import BY_TYPE, RULES
from cidb2.items.findings.counting import Findings
from cidb2.items.findings.encryption import is_unencrypted
from cidb2.items.findings.end_of_support import is_out_of_support
from cidb2.items.findings.renewal import SOON, ends_soon, never_rotates
from cidb2.items.findings.rule import Finding, Rule
from cidb2.items.findings.trails import does_not_log, does_not_validate
from cidb2.items.findings.verdicts import Verdict
from cidb2.times import iso
from cidb2.types.catalog import DECLARED
from tests.support.builders import CAPTURED_AT, a_resource
from tests.support.found import note
from tests.support.template import ROOT

DATES: Any = json.loads(
    (ROOT / "layers/shared/cidb2/items/findings/end_of_support.json").read_text(encoding="utf-8")
)
NOW = datetime(2026, 11, 29, 3, 48, tzinfo=UTC)


def of(kind: str, *unreadable: str, **configuration: Any) -> Any:
    return a_resource(
        resource_type=f"AWS::{kind}",
        configuration=configuration,
        supplementary={},
        unreadable=dict.fromkeys(unreadable, "AccessDenied"),
    )


ENCRYPTED = {
    "EC2::Volume": "Encrypted",
    "EC2::Snapshot": "Encrypted",
    "RDS::DBInstance": "StorageEncrypted",
    "RDS::DBCluster": "StorageEncrypted",
    "Neptune::DBInstance": "StorageEncrypted",
    "Neptune::DBCluster": "StorageEncrypted",
    "DocDB::DBInstance": "StorageEncrypted",
    "DocDB::DBCluster": "StorageEncrypted",
    "Redshift::Cluster": "Encrypted",
    "RDS::DBSnapshot": "Encrypted",
    "RDS::DBClusterSnapshot": "StorageEncrypted",
    "Neptune::DBClusterSnapshot": "StorageEncrypted",
    "DocDB::DBClusterSnapshot": "StorageEncrypted",
    "Redshift::Snapshot": "Encrypted",
    "EFS::FileSystem": "Encrypted",
    "ElastiCache::ReplicationGroup": "AtRestEncryptionEnabled",
}


@pytest.mark.parametrize(("kind", "member"), ENCRYPTED.items())
def test_what_is_not_encrypted_at_rest_is_found(kind: str, member: str) -> None:
    assert is_unencrypted(of(kind, **{member: False})) is True
    assert is_unencrypted(of(kind, **{member: True})) is False
    assert is_unencrypted(of(kind, **{member: "false"})) is None
    assert is_unencrypted(of(kind)) is None
    assert is_unencrypted(of(kind, "configuration", **{member: False})) is None


@pytest.mark.parametrize(
    ("options", "verdict"),
    [({"Enabled": False}, True), ({"Enabled": True}, False), ({}, None), ("x", None)],
)
def test_a_search_domain_is_found_by_its_options(options: Any, verdict: Verdict) -> None:
    domain = of("OpenSearchService::Domain", EncryptionAtRestOptions=options)
    assert is_unencrypted(domain) is verdict


def test_each_type_that_is_judged_by_its_encryption_is_in_one_rule() -> None:
    judged = [kind for rule in (*encryption.DISKS, *encryption.RULES) for kind in rule.types]
    domain = "OpenSearchService::Domain"
    assert sorted(judged) == sorted(f"AWS::{kind}" for kind in (*ENCRYPTED, domain))


def a_certificate(left: timedelta | None, **changes: Any) -> Any:
    end = {} if left is None else {"NotAfter": iso(CAPTURED_AT + left)}
    return of("CertificateManager::Certificate", **{"Status": "ISSUED", **end} | changes)


MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("certificate", "verdict"),
    [
        (a_certificate(SOON - MOMENT), True),
        (a_certificate(SOON), False),
        (a_certificate(timedelta(days=-400)), True),
        (a_certificate(timedelta(days=1), Status=None), True),
        (a_certificate(timedelta(days=1), Status="EXPIRED"), True),
        (a_certificate(timedelta(days=1), Status="REVOKED"), False),
        (a_certificate(None, Status="PENDING_VALIDATION"), False),
        (a_certificate(None, Status="VALIDATION_TIMED_OUT"), False),
        (a_certificate(None, Status="FAILED"), False),
        (a_certificate(None), None),
        (a_certificate(None, NotAfter="2026-12-01T00:00:00"), None),
        (a_certificate(None, NotAfter="soon"), None),
        (a_certificate(None, NotAfter=7), None),
        (a_certificate(None, Status=["FAILED"]), None),
        (of("IAM::ServerCertificate", Expiration=iso(CAPTURED_AT + SOON - MOMENT)), True),
        (of("IAM::ServerCertificate", Expiration=iso(CAPTURED_AT + SOON)), False),
        (of("IAM::ServerCertificate"), None),
        (of("IAM::ServerCertificate", "configuration", Expiration=iso(CAPTURED_AT)), None),
    ],
)
def test_a_certificate_that_ends_within_30_days_of_being_read_is_found(
    certificate: Any, verdict: Verdict
) -> None:
    assert timedelta(days=30) == SOON
    assert ends_soon(certificate) is verdict


def a_secret(*unreadable: str, **configuration: Any) -> Any:
    return of("SecretsManager::Secret", *unreadable, **configuration)


@pytest.mark.parametrize(
    ("secret", "verdict"),
    [
        (a_secret(Name="x"), True),
        (a_secret(RotationEnabled=False), True),
        (a_secret(RotationEnabled=True), False),
        (a_secret(RotationEnabled="no"), None),
        (a_secret("configuration"), None),
        (a_secret("configuration.RotationEnabled", RotationEnabled=False), None),
        (a_secret("configuration.Name", RotationEnabled=False), True),
        (a_secret(PrimaryRegion="eu-west-1"), True),
        (a_secret(PrimaryRegion="us-east-1"), False),
        (a_secret(DeletedDate="2026-11-20T00:00:00Z"), False),
        (a_resource(resource_type="AWS::SecretsManager::Secret", configuration=None), None),
    ],
)
def test_a_secret_without_rotation_is_found(secret: Any, verdict: Verdict) -> None:
    assert never_rotates(secret) is verdict


def a_trail(status: Any, *unreadable: str, **configuration: Any) -> Any:
    return a_resource(
        resource_type="AWS::CloudTrail::Trail",
        configuration=configuration,
        supplementary={"Status": status},
        unreadable=dict.fromkeys(unreadable, "AccessDenied"),
    )


STATUS = "supplementaryConfiguration.Status"


@pytest.mark.parametrize(
    ("trail", "verdict"),
    [
        (a_trail({"IsLogging": False}), True),
        (a_trail({"IsLogging": True}), False),
        (a_trail({}), None),
        (a_trail(None), None),
        (a_trail({"IsLogging": False}, STATUS), None),
    ],
)
def test_a_trail_that_does_not_log_is_found(trail: Any, verdict: Verdict) -> None:
    assert does_not_log(trail) is verdict


def test_a_trail_without_validation_is_found() -> None:
    assert does_not_validate(a_trail({}, LogFileValidationEnabled=False)) is True
    assert does_not_validate(a_trail({}, LogFileValidationEnabled=True)) is False
    assert does_not_validate(a_trail({})) is None
    assert does_not_validate(a_trail({}, "configuration", LogFileValidationEnabled=False)) is None


def read_at(moment: datetime, kind: str, **configuration: Any) -> Any:
    return a_resource(resource_type=f"AWS::{kind}", configuration=configuration, captured_at=moment)


LAST_DAY = datetime(2026, 4, 30, 23, 59, 59, tzinfo=UTC)


def test_a_version_is_supported_until_its_last_day_has_passed() -> None:
    runtime = {"Runtime": "nodejs20.x"}
    assert is_out_of_support(read_at(LAST_DAY, "Lambda::Function", **runtime)) is False
    next_day = LAST_DAY + timedelta(seconds=1)
    assert is_out_of_support(read_at(next_day, "Lambda::Function", **runtime)) is True


@pytest.mark.parametrize(
    ("kind", "configuration", "verdict"),
    [
        ("Lambda::Function", {"Runtime": "python3.8"}, True),
        ("Lambda::Function", {"Runtime": "python3.13"}, False),
        ("Lambda::Function", {"Runtime": "python3.99"}, None),
        ("Lambda::Function", {"Runtime": "provided"}, True),
        ("Lambda::Function", {"Runtime": "provided.al2023"}, False),
        ("Lambda::Function", {"PackageType": "Image"}, False),
        ("Lambda::Function", {"PackageType": "Zip"}, None),
        ("Lambda::Function", {"Runtime": 7}, None),
        ("RDS::DBInstance", {"Engine": "mysql", "EngineVersion": "5.7.44-rds.20250213"}, True),
        ("RDS::DBInstance", {"Engine": "mysql", "EngineVersion": "8.4.9"}, False),
        ("RDS::DBInstance", {"Engine": "postgres", "EngineVersion": "9.6.24"}, True),
        ("RDS::DBInstance", {"Engine": "postgres", "EngineVersion": "13.23"}, True),
        ("RDS::DBInstance", {"Engine": "postgres", "EngineVersion": "17.7"}, False),
        ("RDS::DBInstance", {"Engine": "mariadb", "EngineVersion": "10.6.23"}, True),
        ("RDS::DBInstance", {"Engine": "mariadb", "EngineVersion": "10.11.14"}, False),
        ("RDS::DBInstance", {"Engine": "oracle-ee", "EngineVersion": "19.0"}, None),
        ("RDS::DBInstance", {"Engine": "mysql"}, None),
        ("RDS::DBInstance", {"EngineVersion": "5.7"}, None),
        ("RDS::DBInstance", {"Engine": "mysql", "EngineVersion": "99"}, None),
        (
            "RDS::DBCluster",
            {"Engine": "aurora-mysql", "EngineVersion": "5.7.mysql_aurora.2.11.1"},
            True,
        ),
        (
            "RDS::DBCluster",
            {"Engine": "aurora-mysql", "EngineVersion": "8.0.mysql_aurora.3.10.4"},
            False,
        ),
        ("RDS::DBCluster", {"Engine": "aurora", "EngineVersion": "5.6.10a"}, True),
        ("RDS::DBCluster", {"Engine": "aurora-postgresql", "EngineVersion": "13.9"}, True),
        ("ElastiCache::CacheCluster", {"Engine": "redis", "EngineVersion": "5.0.6"}, True),
        ("ElastiCache::CacheCluster", {"Engine": "redis", "EngineVersion": "7.1.0"}, False),
        ("ElastiCache::CacheCluster", {"Engine": "valkey", "EngineVersion": "8.2"}, False),
        ("ElastiCache::CacheCluster", {"Engine": "memcached", "EngineVersion": "1.6.22"}, None),
        ("EKS::Cluster", {"version": "1.33"}, True),
        ("EKS::Cluster", {"version": "1.34"}, False),
        ("EKS::Cluster", {"version": "1.3"}, None),
        ("EKS::Cluster", {}, None),
    ],
)
def test_what_is_past_the_end_of_its_support_is_found(
    kind: str, configuration: Any, verdict: Verdict
) -> None:
    assert is_out_of_support(read_at(NOW, kind, **configuration)) is verdict


def test_the_types_with_a_version_are_judged() -> None:
    assert {kind for rule in end_of_support.RULES for kind in rule.types} == {
        *("AWS::Lambda::Function", "AWS::EKS::Cluster", "AWS::ElastiCache::CacheCluster"),
        *("AWS::RDS::DBInstance", "AWS::RDS::DBCluster"),
    }


def test_what_could_not_be_read_is_not_known_to_be_supported() -> None:
    assert is_out_of_support(of("EKS::Cluster", "configuration", version="1.34")) is None


def test_the_dates_are_dates_with_a_page_of_aws() -> None:
    assert date.fromisoformat(DATES["date"]) <= NOW.date()
    for product in DATES["products"].values():
        assert product["source"].startswith("https://docs.aws.amazon.com/")
        for end in product["ends"].values():
            assert end is None or date.fromisoformat(end).isoformat() == end


def test_the_ends_of_runtimes_are_those_that_the_linter_knows() -> None:
    """cfn-lint takes them from AWS's page, so an update of it tells what has changed."""
    import cfnlint

    path = Path(cfnlint.__file__).parent / "data/AdditionalSpecs/LmbdRuntimeLifecycle.json"
    known = json.loads(path.read_text(encoding="utf-8"))
    ends = {name: runtime["deprecated"] for name, runtime in known.items()}
    assert DATES["products"]["lambda"]["ends"] == ends


def test_every_rule_looks_at_types_that_are_collected_and_has_a_page_of_aws() -> None:
    collected = {each.type for service in DECLARED.values() for each in service.types}
    assert BY_TYPE.keys() <= collected
    assert [rule.finding for rule in RULES] == list(Finding)
    for rule in RULES:
        assert not rule.page or rule.page.startswith("https://docs.aws.amazon.com/")


FIELDS_OF = {
    each.type: (*each.fields, *each.told_around)
    for service in DECLARED.values()
    for each in service.types
    if not each.listing.is_by_hand
}
JUDGED = [(rule, kind) for rule in RULES for kind in rule.types if kind in FIELDS_OF]


@pytest.mark.parametrize(("rule", "kind"), JUDGED)
def test_a_resource_of_which_nothing_could_be_read_is_not_known_to_be_fine(
    rule: Rule, kind: str
) -> None:
    fields = [f"supplementaryConfiguration.{name}" for name in FIELDS_OF[kind]]
    unread = of(kind.removeprefix("AWS::"), "configuration", *fields)
    findings = Findings()
    note(findings, unread)
    assert findings.to_document()[rule.finding] == {"count": 0, "unknown": 1}
