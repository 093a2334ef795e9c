"""A minimal resource for each finding."""

from typing import Any

from cidb2.items.findings.catalog import verdicts_of
from cidb2.items.findings.counting import Findings
from cidb2.items.findings.rule import Finding
from cidb2.items.resource import Resource
from tests.support.builders import a_resource

_ADMIN = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_OPEN = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*"}]}
_DEFAULT_VERSION = {"IsDefaultVersion": True, "Document": {"Statement": [_ADMIN]}}
_TO_ALL = [{"AttributeName": "restore", "AttributeValues": ["all"]}]
_BALANCING = "ElasticLoadBalancingV2"


def note(findings: Findings, resource: Resource) -> None:
    """Count the findings of a resource."""
    findings.note(resource.arn, verdicts_of(resource))


def _found(kind: str, fields: Any = None, **configuration: Any) -> Resource:
    return a_resource(
        resource_type=f"AWS::{kind}", configuration=configuration, supplementary=fields or {}
    )


FOUND: dict[Finding, Resource] = {
    Finding.PUBLIC_BUCKET: _found(
        "S3::Bucket", {"Acl": {"Grants": []}, "PolicyStatus": {"IsPublic": True}}
    ),
    Finding.KEY_WITHOUT_ROTATION: _found(
        "KMS::Key", {"RotationStatus": {"KeyRotationEnabled": False}}, KeyState="Enabled"
    ),
    Finding.POLICY_ALLOWS_ALL: _found("IAM::ManagedPolicy", PolicyVersionList=[_DEFAULT_VERSION]),
    Finding.OLD_ACCESS_KEY: _found(
        "IAM::User",
        {"AccessKeys": [{"Status": "Active", "CreateDate": "2020-01-02T03:04:05Z"}]},
    ),
    Finding.USER_WITHOUT_MFA: _found(
        "IAM::User", {"AccessKeys": [], "LoginProfile": {"UserName": "u"}, "MFADevices": []}
    ),
    Finding.ROOT_ACCESS_KEY: _found(
        "IAM::AccountSettings",
        SummaryMap={"AccountAccessKeysPresent": 1, "AccountMFAEnabled": 1, "Users": 0},
    ),
    Finding.ROOT_WITHOUT_MFA: _found(
        "IAM::AccountSettings",
        SummaryMap={
            "AccountAccessKeysPresent": 0,
            "AccountMFAEnabled": 0,
            "AccountPasswordPresent": 1,
            "Users": 0,
        },
    ),
    Finding.WEAK_PASSWORD_POLICY: _found(
        "IAM::AccountSettings",
        SummaryMap={"AccountAccessKeysPresent": 0, "AccountMFAEnabled": 1, "Users": 1},
    ),
    Finding.OPEN_ADMINISTRATION_PORT: _found(
        "EC2::SecurityGroup",
        IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
    ),
    Finding.PUBLIC_SNAPSHOT: _found("EC2::Snapshot", {"IsPublic": True}, Encrypted=True),
    Finding.PUBLIC_IMAGE: _found("EC2::Image", Public=True),
    Finding.UNENCRYPTED_VOLUME: _found("EC2::Volume", Encrypted=False),
    Finding.UNENCRYPTED_SNAPSHOT: _found("EC2::Snapshot", {"IsPublic": False}, Encrypted=False),
    Finding.INSTANCE_WITH_IMDSV1: _found(
        "EC2::Instance", MetadataOptions={"HttpTokens": "optional"}
    ),
    Finding.PUBLIC_FUNCTION: _found("Lambda::Function", {"Policy": _OPEN}, Runtime="python3.13"),
    Finding.PUBLIC_DATABASE: _found("Redshift::Cluster", PubliclyAccessible=True, Encrypted=True),
    Finding.PUBLIC_DATABASE_SNAPSHOT: _found(
        "RDS::DBSnapshot", {"Attributes": _TO_ALL}, SnapshotType="manual", Encrypted=True
    ),
    Finding.PUBLIC_SEARCH_DOMAIN: _found(
        "OpenSearchService::Domain",
        AccessPolicies=_OPEN,
        VPCOptions={},
        EncryptionAtRestOptions={"Enabled": True},
    ),
    Finding.PUBLIC_RESOURCE_POLICY: _found("SQS::Queue", Policy=_OPEN),
    Finding.UNENCRYPTED_DATABASE: _found(
        "Neptune::DBInstance", PubliclyAccessible=False, StorageEncrypted=False
    ),
    Finding.UNENCRYPTED_DATABASE_SNAPSHOT: _found("Redshift::Snapshot", Encrypted=False),
    Finding.UNENCRYPTED_FILE_SYSTEM: _found("EFS::FileSystem", Encrypted=False),
    Finding.UNENCRYPTED_SEARCH_DOMAIN: _found(
        "OpenSearchService::Domain",
        AccessPolicies="",
        EncryptionAtRestOptions={"Enabled": False},
    ),
    Finding.UNENCRYPTED_CACHE: _found(
        "ElastiCache::ReplicationGroup", AtRestEncryptionEnabled=False
    ),
    Finding.CERTIFICATE_ENDS_SOON: _found(
        "CertificateManager::Certificate", Status="ISSUED", NotAfter="2026-12-01T00:00:00Z"
    ),
    Finding.SECRET_WITHOUT_ROTATION: _found("SecretsManager::Secret", RotationEnabled=False),
    Finding.TRAIL_NOT_LOGGING: _found(
        "CloudTrail::Trail", {"Status": {"IsLogging": False}}, LogFileValidationEnabled=True
    ),
    Finding.TRAIL_WITHOUT_VALIDATION: _found(
        "CloudTrail::Trail", {"Status": {"IsLogging": True}}, LogFileValidationEnabled=False
    ),
    Finding.OUT_OF_SUPPORT: _found("EKS::Cluster", version="1.29"),
    Finding.LISTENER_WITHOUT_TLS: _found(
        f"{_BALANCING}::Listener",
        {"Scheme": "internet-facing", "Rules": []},
        Protocol="HTTP",
        DefaultActions=[{"Type": "forward"}],
    ),
    Finding.LISTENER_WITH_OLD_TLS: _found(
        f"{_BALANCING}::Listener",
        {"Scheme": "internet-facing", "Rules": []},
        Protocol="HTTPS",
        DefaultActions=[{"Type": "forward"}],
        SslPolicy="ELBSecurityPolicy-2016-08",
    ),
}
