"""Test data for the queries on declared types: for each question, matches and non-matches."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from cidb2.items.findings.databases import (
    is_public_database,
    is_public_database_snapshot,
    is_public_domain,
)
from cidb2.items.findings.ec2_networks import opens_administration
from cidb2.items.findings.encryption import is_unencrypted
from cidb2.items.findings.listeners import accepts_old_tls, serves_in_clear
from cidb2.items.findings.renewal import ends_soon, never_rotates
from cidb2.items.findings.resource_policies import is_open
from cidb2.items.findings.trails import does_not_log, does_not_validate
from cidb2.items.resource import Resource
from cidb2.times import iso
from tests.support.planted_lake import NOON, of_type

REGION = "eu-west-1"


def one(kind: str, name: str, fields: Any = None, *unread: str, **configuration: Any) -> Resource:
    """Return a resource of a type; `unread` are the fields that are currently unreadable."""
    return of_type(
        f"AWS::{kind}",
        name,
        REGION,
        arn=f"arn:aws:{kind.partition('::')[0].lower()}:{REGION}:1:{kind.rpartition(':')[2]}/{name}",
        configuration=configuration,
        supplementary=fields or {},
        unreadable=dict.fromkeys(unread, "AccessDenied"),
        captured_at=NOON,
    )


def in_days(days: int) -> str:
    return iso(NOON + timedelta(days=days))


UNREAD = ("configuration",)
DATABASES = [
    one("RDS::DBInstance", "open", PubliclyAccessible=True, StorageEncrypted=True),
    one("RDS::DBInstance", "closed", PubliclyAccessible=False, StorageEncrypted=False),
    one("RDS::DBInstance", "unread", None, *UNREAD, PubliclyAccessible=True, Encrypted=False),
    one("RDS::DBCluster", "aurora", Engine="aurora-mysql", StorageEncrypted=False),
    one("Neptune::DBInstance", "graph", PubliclyAccessible=True, StorageEncrypted=True),
    one("Redshift::Cluster", "warehouse", PubliclyAccessible=True, Encrypted=False),
    one("Redshift::Cluster", "house", PubliclyAccessible=False, Encrypted=True),
]
FOR_ALL = {"Attributes": [{"AttributeName": "restore", "AttributeValues": ["1", "all"]}]}
FOR_ONE = {
    "Attributes": [
        {"AttributeName": "restore", "AttributeValues": ["1"]},
        {"AttributeName": "tags", "AttributeValues": ["all"]},
    ]
}
OF_MANUAL = {"SnapshotType": "manual", "SnapshotCreateTime": in_days(-400)}
ATTRIBUTES = "supplementaryConfiguration.Attributes"
DATABASE_SNAPSHOTS = [
    one("RDS::DBSnapshot", "public", FOR_ALL, **OF_MANUAL, Encrypted=False),
    one("RDS::DBSnapshot", "private", FOR_ONE, **OF_MANUAL, Encrypted=True),
    one("RDS::DBSnapshot", "unread", FOR_ALL, ATTRIBUTES, **OF_MANUAL, Encrypted=False),
    one("RDS::DBSnapshot", "automated", {"Attributes": None}, SnapshotType="automated"),
    one("DocDB::DBClusterSnapshot", "public", FOR_ALL, **OF_MANUAL, StorageEncrypted=False),
    one("DocDB::DBClusterSnapshot", "odd", {"Attributes": "x"}, SnapshotType="manual"),
]
OTHERS_AT_REST = [
    one("EFS::FileSystem", "plain", Encrypted=False),
    one("EFS::FileSystem", "secret", Encrypted=True),
    one("OpenSearchService::Domain", "plain", EncryptionAtRestOptions={"Enabled": False}),
    one("OpenSearchService::Domain", "secret", EncryptionAtRestOptions={"Enabled": True}),
    one("OpenSearchService::Domain", "unknown", EncryptionAtRestOptions={}),
    one("ElastiCache::ReplicationGroup", "plain", AtRestEncryptionEnabled=False),
    one("ElastiCache::ReplicationGroup", "secret", AtRestEncryptionEnabled=True),
]


def allowing(principal: Any = "*", condition: Any = None, **changes: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "x:*"} | changes
    return {"Statement": [statement | ({"Condition": condition} if condition else {})]}


CONDITIONS: dict[str, Any] = {
    "tls": {"Bool": {"aws:SecureTransport": "true"}},
    "organisation": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
    "tls-and-organisation": {
        "Bool": {"aws:SecureTransport": "true"},
        "StringEquals": {"aws:PrincipalOrgID": "o-1"},
    },
    "every-address": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}},
    "one-of-them-every-address": {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "::/0"]}},
    "some-addresses": {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "10.0.0.0/8"]}},
    "all-but": {"StringNotEquals": {"aws:PrincipalAccount": "1"}},
    "all-but-from-one": {
        "StringNotEquals": {"aws:PrincipalAccount": "1"},
        "ArnLike": {"aws:SourceArn": "arn:aws:sns:eu-west-1:1:a"},
    },
    "if-exists": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}},
    "for-all-values": {"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": ["o-1/*"]}},
    "for-any-value": {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["o-1/*"]}},
    "null": {"Null": {"aws:PrincipalOrgID": "false"}},
    "any-principal": {"StringLike": {"aws:PrincipalArn": "*", "aws:SourceVpc": "*"}},
    "any-principal-of-a-vpc": {"StringLike": {"aws:PrincipalArn": "*", "aws:SourceVpc": "vpc-1"}},
    "odd": {"StringEquals": 7},
}
IN_VPC = {"VPCOptions": {"VPCId": "vpc-1", "SubnetIds": ["subnet-1"]}}
POLICIES = [
    *(
        one("SQS::Queue", f"if-{name}", Policy=allowing({"AWS": ["1", "*"]}, condition))
        for name, condition in CONDITIONS.items()
    ),
    one("SQS::Queue", "without"),
    one("SQS::Queue", "odd", Policy="not JSON"),
    one("SNS::Topic", "denies", Policy=allowing(Effect="Deny")),
    one(
        "SNS::Topic", "for-all-but", Policy={"Statement": {"Effect": "Allow", "NotPrincipal": "1"}}
    ),
    one("SNS::Topic", "for-a-service", Policy=allowing({"Service": "*"})),
    one("Events::EventBus", "unread", None, *UNREAD, Policy=allowing()),
    one("ECR::Repository", "open", {"Policy": allowing()}),
    one("ECR::Repository", "unread", {"Policy": allowing()}, "supplementaryConfiguration.Policy"),
    one("SecretsManager::Secret", "open", {"ResourcePolicy": allowing()}, RotationEnabled=True),
    one("Backup::BackupVault", "open", {"AccessPolicy": allowing()}),
    one("MSK::Cluster", "open", {"ClusterPolicy": allowing()}),
    one("MSK::Cluster", "closed", {"ClusterPolicy": allowing({"AWS": "1"})}),
    one("Kinesis::Stream", "without", {"ResourcePolicy": None}, EncryptionType="NONE"),
    one("Kinesis::Stream", "encrypted", {"ResourcePolicy": None}, EncryptionType="KMS"),
    one("OpenSearchService::Domain", "open", AccessPolicies=allowing(), VPCOptions={}),
    one("OpenSearchService::Domain", "in-a-vpc", AccessPolicies=allowing(), **IN_VPC),
    one("OpenSearchService::Domain", "closed", AccessPolicies=""),
]
CERTIFICATES = [
    one("CertificateManager::Certificate", "soon", Status="ISSUED", NotAfter=in_days(20)),
    one("CertificateManager::Certificate", "later", Status="ISSUED", NotAfter=in_days(40)),
    one("CertificateManager::Certificate", "ended", Status="EXPIRED", NotAfter=in_days(-9)),
    one("CertificateManager::Certificate", "revoked", Status="REVOKED", NotAfter=in_days(9)),
    one("CertificateManager::Certificate", "pending", Status="PENDING_VALIDATION"),
    one("CertificateManager::Certificate", "odd", Status="ISSUED", NotAfter="1 day"),
    one("IAM::ServerCertificate", "soon", Expiration=in_days(1)),
    one("IAM::ServerCertificate", "later", Expiration=in_days(400)),
]
SECRETS = [
    one("SecretsManager::Secret", "never", LastChangedDate=in_days(-400)),
    one("SecretsManager::Secret", "off", RotationEnabled=False),
    one("SecretsManager::Secret", "on", RotationEnabled=True),
    one("SecretsManager::Secret", "replica", PrimaryRegion="us-east-1"),
    one("SecretsManager::Secret", "primary", PrimaryRegion=REGION),
    one("SecretsManager::Secret", "to-be-deleted", DeletedDate=in_days(-1)),
    one("SecretsManager::Secret", "unread", None, *UNREAD),
]
STATUS = "supplementaryConfiguration.Status"
TRAILS = [
    one(
        "CloudTrail::Trail", "off", {"Status": {"IsLogging": False}}, LogFileValidationEnabled=True
    ),
    one(
        "CloudTrail::Trail", "bare", {"Status": {"IsLogging": True}}, LogFileValidationEnabled=False
    ),
    one(
        "CloudTrail::Trail", "good", {"Status": {"IsLogging": True}}, LogFileValidationEnabled=True
    ),
    one("CloudTrail::Trail", "unread", {"Status": {"IsLogging": False}}, STATUS),
    one("CloudTrail::Trail", "unknown", {"Status": {}}),
]
FORWARD, REDIRECT = [{"Type": "forward"}], [{"Type": "redirect"}]
PUBLIC: dict[str, Any] = {"Scheme": "internet-facing", "Rules": []}
LISTENER, CLASSIC = "ElasticLoadBalancingV2::Listener", "ElasticLoadBalancing::LoadBalancer"
FORWARDING = {"Rules": [{"Actions": FORWARD}]}
RULES = "supplementaryConfiguration.Rules"
OLD, NEW = "ELBSecurityPolicy-2016-08", "ELBSecurityPolicy-TLS13-1-2-2021-06"


def classic(name: str, scheme: str, *protocols: str) -> Resource:
    listeners = [{"Listener": {"Protocol": one, "InstanceProtocol": "HTTP"}} for one in protocols]
    return one(CLASSIC, name, Scheme=scheme, ListenerDescriptions=listeners)


LISTENERS = [
    one(LISTENER, "clear", PUBLIC, Protocol="HTTP", DefaultActions=FORWARD),
    one(LISTENER, "internal", {"Scheme": "internal"}, Protocol="HTTP", DefaultActions=FORWARD),
    one(LISTENER, "redirects", PUBLIC, Protocol="HTTP", DefaultActions=REDIRECT),
    one(LISTENER, "by-rule", PUBLIC | FORWARDING, Protocol="HTTP", DefaultActions=REDIRECT),
    one(LISTENER, "unread", PUBLIC | FORWARDING, RULES, Protocol="HTTP", DefaultActions=REDIRECT),
    one(LISTENER, "tcp", PUBLIC, Protocol="TCP", DefaultActions=FORWARD),
    one(LISTENER, "old", PUBLIC, Protocol="HTTPS", DefaultActions=FORWARD, SslPolicy=OLD),
    one(LISTENER, "new", PUBLIC, Protocol="TLS", DefaultActions=FORWARD, SslPolicy=NEW),
    one(
        LISTENER,
        "old-too",
        PUBLIC,
        Protocol="TLS",
        DefaultActions=FORWARD,
        SslPolicy="ELBSecurityPolicy-TLS13-1-1-2021-06",
    ),
    classic("clear", "internet-facing", "SSL", "http"),
    classic("tls", "internet-facing", "HTTPS"),
    classic("inside", "internal", "HTTP"),
]


def a_group(name: str, cidr: str, first: Any, last: Any, protocol: str = "tcp") -> Resource:
    ranges = [{"CidrIp": cidr}] if ":" not in cidr else []
    ranges_6 = [{"CidrIpv6": cidr}] if ":" in cidr else []
    rule = {"IpProtocol": protocol, "IpRanges": ranges, "Ipv6Ranges": ranges_6}
    ports = {} if first is None else {"FromPort": first, "ToPort": last}
    return one("EC2::SecurityGroup", name, IpPermissions=[rule | ports])


GROUPS = [
    a_group("ssh", "0.0.0.0/0", 22, 22),
    a_group("rdp-over-ipv6", "::/0", 3000, 4000),
    a_group("everything", "0.0.0.0/0", None, None, "-1"),
    a_group("web", "0.0.0.0/0", 443, 443),
    a_group("udp", "0.0.0.0/0", 0, 65535, "udp"),
    a_group("office", "192.0.2.0/24", 22, 22),
    one("EC2::SecurityGroup", "empty", IpPermissions=[]),
    one("EC2::SecurityGroup", "default", IpPermissions=[]),
]
INTERFACES = [
    one("EC2::NetworkInterface", "used", Status="in-use", Groups=[{"GroupId": "ssh"}]),
    one("EC2::NetworkInterface", "free", Status="available", Groups=[{"GroupId": "web"}]),
]
UNATTACHED = [
    *INTERFACES,
    one("EC2::Volume", "volume-free", State="available"),
    one("EC2::Volume", "volume-used", State="in-use"),
    one("EC2::EIP", "address-free", PublicIp="192.0.2.1"),
    one("EC2::EIP", "address-used", AssociationId="eipassoc-1"),
]
SNAPSHOTS = [
    *DATABASE_SNAPSHOTS,
    one("EC2::Snapshot", "of-a-year-ago", StartTime=in_days(-370)),
    one("EC2::Snapshot", "recent", StartTime=in_days(-300)),
    one("EC2::Snapshot", "unknown"),
    one("RDS::DBSnapshot", "by-rds", SnapshotType="automated", SnapshotCreateTime=in_days(-500)),
]
RECOVERY = "PointInTimeRecoveryDescription"


def a_table(name: str, status: str, *unread: str) -> Resource:
    backups = {RECOVERY: {"PointInTimeRecoveryStatus": status}}
    return one("DynamoDB::Table", name, {"ContinuousBackups": backups}, *unread)


BACKED_UP = [
    one("RDS::DBInstance", "never", BackupRetentionPeriod=0),
    one("RDS::DBInstance", "daily", BackupRetentionPeriod=7),
    one("Redshift::Cluster", "never", AutomatedSnapshotRetentionPeriod=0),
    one("ElastiCache::ReplicationGroup", "never", SnapshotRetentionLimit=0),
    a_table("without", "DISABLED"),
    a_table("with", "ENABLED"),
    a_table("unread", "DISABLED", "supplementaryConfiguration.ContinuousBackups"),
    one("EFS::FileSystem", "with", {"BackupPolicy": {"Status": "ENABLED"}}),
    one("EFS::FileSystem", "without", {"BackupPolicy": {"Status": "DISABLED"}}),
    one("EFS::FileSystem", "never-set", {"BackupPolicy": None}),
]
VPCS = [
    one("EC2::VPC", "logged", IsDefault=False),
    one("EC2::VPC", "not-logged", IsDefault=True),
    one("EC2::FlowLog", "log", ResourceId="logged"),
    one("EC2::FlowLog", "log-of-a-subnet", ResourceId="subnet-1"),
]
LOG_GROUPS = [
    one("Logs::LogGroup", "forever", storedBytes=10**12),
    one("Logs::LogGroup", "month", storedBytes=1, retentionInDays=30),
]


def balancer(name: str, is_logged: str, *unread: str) -> Resource:
    attributes = [
        {"Key": "deletion_protection.enabled", "Value": "false"},
        {"Value": is_logged, "Key": "access_logs.s3.enabled"},
    ]
    return one("ElasticLoadBalancingV2::LoadBalancer", name, {"Attributes": attributes}, *unread)


LOGGED = [
    balancer("without", "false"),
    balancer("with", "true"),
    balancer("unread", "false", ATTRIBUTES),
    one(CLASSIC, "without-logs", {"Attributes": {"AccessLog": {"Enabled": False}}}),
    one(CLASSIC, "with-logs", {"Attributes": {"AccessLog": {"Enabled": True}}}),
    one("Redshift::Cluster", "without-logs", {"LoggingStatus": {"LoggingEnabled": False}}),
    one("Redshift::Cluster", "with-logs", {"LoggingStatus": {"LoggingEnabled": True}}),
]


def a_distribution(name: str, policy: str, *others: str) -> Resource:
    configuration = {
        "DefaultCacheBehavior": {"ViewerProtocolPolicy": policy},
        "CacheBehaviors": {"Items": [{"ViewerProtocolPolicy": other} for other in others]},
    }
    return one("CloudFront::Distribution", name, DistributionConfig=configuration)


DISTRIBUTIONS = [
    a_distribution("open", "allow-all"),
    a_distribution("partly", "https-only", "redirect-to-https", "allow-all"),
    a_distribution("closed", "redirect-to-https", "https-only"),
]
REPOSITORIES = [
    one("ECR::Repository", "scans", imageScanningConfiguration={"scanOnPush": True}),
    one("ECR::Repository", "does-not", imageScanningConfiguration={"scanOnPush": False}),
]


def a_cluster(name: str, version: str, *cidrs: str, is_public: bool = True) -> Resource:
    network = {"endpointPublicAccess": is_public, "publicAccessCidrs": [*cidrs]}
    return one("EKS::Cluster", name, resourcesVpcConfig=network, version=version)


CLUSTERS = [
    a_cluster("open", "1.33", "0.0.0.0/0"),
    a_cluster("office", "1.33", "192.0.2.0/24"),
    a_cluster("private", "1.34", "0.0.0.0/0", is_public=False),
]


def a_task(name: str, *privileged: bool, status: str = "ACTIVE") -> Resource:
    containers = [{"name": "x", "privileged": each} for each in privileged]
    task = {"status": status, "containerDefinitions": containers}
    return one("ECS::TaskDefinition", name, taskDefinition=task)


CONTAINERS = [
    a_task("mixed:1", False, True),
    a_task("plain:1", False),
    a_task("retired:1", True, status="INACTIVE"),
    one("CodeBuild::Project", "images", environment={"privilegedMode": True}),
    one("CodeBuild::Project", "tests", environment={"privilegedMode": False}),
]
NOTEBOOKS = [
    one("SageMaker::NotebookInstance", "direct", DirectInternetAccess="Enabled"),
    one("SageMaker::NotebookInstance", "by-vpc", DirectInternetAccess="Disabled"),
]
STACKS = [
    one("CloudFormation::Stack", "done", StackStatus="UPDATE_COMPLETE"),
    one("CloudFormation::Stack", "back", StackStatus="UPDATE_ROLLBACK_COMPLETE"),
    one("CloudFormation::Stack", "stuck", StackStatus="DELETE_FAILED"),
]
QUEUES = [
    one("SQS::Queue", "sse-sqs", SqsManagedSseEnabled="true"),
    one("SQS::Queue", "sse-kms", KmsMasterKeyId="alias/x", SqsManagedSseEnabled="false"),
    one("SQS::Queue", "plain", SqsManagedSseEnabled="false"),
    one("SNS::Topic", "plain"),
    one("SNS::Topic", "encrypted", KmsMasterKeyId="alias/aws/sns"),
]
PROTECTED = [
    one("RDS::DBInstance", "alone", MultiAZ=False, DeletionProtection=False),
    one("RDS::DBInstance", "safe", MultiAZ=True, DeletionProtection=True),
    one(
        "RDS::DBInstance",
        "of-a-cluster",
        MultiAZ=False,
        DeletionProtection=False,
        DBClusterIdentifier="c",
    ),
    one("RDS::DBInstance", "unread-zone", None, *UNREAD, MultiAZ=False, DeletionProtection=False),
    one("DocDB::DBCluster", "c", DBClusterIdentifier="c", DeletionProtection=False),
    one("DocDB::DBCluster", "safe", DBClusterIdentifier="safe", DeletionProtection=True),
    one("DynamoDB::Table", "unprotected", DeletionProtectionEnabled=False),
    one("DynamoDB::Table", "protected", DeletionProtectionEnabled=True),
    one("ElastiCache::ReplicationGroup", "one-zone", MultiAZ="disabled"),
    one("ElastiCache::ReplicationGroup", "zones", MultiAZ="enabled"),
]
ALARMS = [
    one("CloudWatch::Alarm", "tells", ActionsEnabled=True, AlarmActions=["arn"]),
    one("CloudWatch::Alarm", "muted", ActionsEnabled=False, AlarmActions=["arn"]),
    one("CloudWatch::Alarm", "silent", ActionsEnabled=True, AlarmActions=[]),
    one("CloudWatch::CompositeAlarm", "silent", ActionsEnabled=True),
]
EMR = [
    one("EMR::Cluster", "bare", Status={"State": "WAITING"}, ReleaseLabel="emr-7.1.0"),
    one("EMR::Cluster", "ended", Status={"State": "TERMINATED_WITH_ERRORS"}),
    one("EMR::Cluster", "secured", Status={"State": "RUNNING"}, SecurityConfiguration="s"),
]
DETECTOR = one("GuardDuty::Detector", "off", Status="DISABLED")
ENGINES = [
    one("RDS::DBInstance", "mysql-a", Engine="mysql", EngineVersion="8.0.36"),
    one("RDS::DBInstance", "mysql-b", Engine="mysql", EngineVersion="8.0.36"),
    one("ElastiCache::CacheCluster", "cache", Engine="redis", EngineVersion="7.1.0"),
]

OF_TYPES = [
    *(*DATABASES, *SNAPSHOTS, *OTHERS_AT_REST, *POLICIES, *CERTIFICATES, *SECRETS, *TRAILS),
    *(*LISTENERS, *GROUPS, *UNATTACHED, *BACKED_UP, *VPCS, *LOG_GROUPS, *LOGGED, *DISTRIBUTIONS),
    *(*REPOSITORIES, *CLUSTERS, *CONTAINERS, *NOTEBOOKS, *STACKS, *QUEUES, *ENGINES),
    *(*PROTECTED, *ALARMS, *EMR),
]

Judge = Callable[[Resource], Any]


def is_of(*kinds: str) -> Judge:
    return lambda resource: resource.resource_type.removeprefix("AWS::") in kinds


def has(resource: Resource, name: str) -> Any:
    return (resource.configuration or {}).get(name)


def _is_old(snapshot: Resource) -> bool:
    taken = has(snapshot, "StartTime") or has(snapshot, "SnapshotCreateTime") or ""
    is_manual = has(snapshot, "SnapshotType") in (None, "manual")
    return bool(taken) and taken < in_days(-365) and is_manual


def _has_no_backups(resource: Resource) -> bool:
    if resource.unreadable:
        return False
    fields = resource.supplementary
    periods = (
        "BackupRetentionPeriod",
        "AutomatedSnapshotRetentionPeriod",
        "SnapshotRetentionLimit",
    )
    if any(has(resource, name) == 0 for name in periods):
        return True
    if resource.resource_type == "AWS::EFS::FileSystem":
        return (fields.get("BackupPolicy") or {}).get("Status") != "ENABLED"
    return "DISABLED" in str(fields.get("ContinuousBackups"))


def _is_without_access_logs(resource: Resource) -> bool:
    fields = str(resource.supplementary)
    is_off = ("'Enabled': False", "'LoggingEnabled': False", "{'Value': 'false', 'Key': 'access")
    return not resource.unreadable and any(each in fields for each in is_off)


def _is_not_encrypted(resource: Resource) -> bool:
    if resource.unreadable:
        return False
    if resource.resource_type == "AWS::Kinesis::Stream":
        return bool(has(resource, "EncryptionType") == "NONE")
    return not has(resource, "KmsMasterKeyId") and has(resource, "SqsManagedSseEnabled") != "true"


def _is_in_one_zone(database: Resource) -> bool:
    is_alone = has(database, "MultiAZ") in (False, "disabled")
    return is_alone and not has(database, "DBClusterIdentifier") and not database.unreadable


def _can_be_deleted(database: Resource) -> bool:
    protections = has(database, "DeletionProtection"), has(database, "DeletionProtectionEnabled")
    is_instance = database.resource_type == "AWS::RDS::DBInstance"
    is_of_cluster = is_instance and has(database, "DBClusterIdentifier")
    return False in protections and not is_of_cluster and not database.unreadable


def _is_bare(cluster: Resource) -> bool:
    is_there = not has(cluster, "Status")["State"].startswith("TERMINAT")
    return is_there and has(cluster, "SecurityConfiguration") is None


def _is_failed(stack: Resource) -> bool:
    return str(has(stack, "StackStatus")).endswith(("FAILED", "ROLLBACK_COMPLETE"))


def _is_open_cluster(cluster: Resource) -> bool:
    network = has(cluster, "resourcesVpcConfig")
    return network["endpointPublicAccess"] and "0.0.0.0/0" in network["publicAccessCidrs"]


def _is_privileged(resource: Resource) -> bool:
    text = str(resource.configuration)
    return "INACTIVE" not in text and ("'privileged': True" in text or "Mode': True" in text)


def _lets_all_in(resource: Resource) -> Any:
    is_domain = resource.resource_type == "AWS::OpenSearchService::Domain"
    return is_public_domain(resource) if is_domain else is_open(resource)


def _typed(judge: Judge, *kinds: str) -> Judge:
    of_kind = is_of(*kinds)
    return lambda resource: of_kind(resource) and judge(resource)


_SNAPSHOT_TYPES = ("RDS::DBSnapshot", "DocDB::DBClusterSnapshot")
QUESTIONS: dict[str, Judge] = {
    "public-databases": _typed(
        is_public_database,
        *("RDS::DBInstance", "RDS::DBCluster", "Neptune::DBInstance", "Redshift::Cluster"),
    ),
    "public-database-snapshots": _typed(is_public_database_snapshot, *_SNAPSHOT_TYPES),
    "public-policies": _typed(
        _lets_all_in,
        *("SQS::Queue", "SNS::Topic", "Events::EventBus", "ECR::Repository", "Kinesis::Stream"),
        *("SecretsManager::Secret", "Backup::BackupVault", "MSK::Cluster", "DynamoDB::Table"),
        *("EFS::FileSystem", "OpenSearchService::Domain"),
    ),
    "unencrypted-data": _typed(
        is_unencrypted,
        *("RDS::DBInstance", "RDS::DBCluster", "Neptune::DBInstance", "Redshift::Cluster"),
        *(*_SNAPSHOT_TYPES, "EFS::FileSystem", "OpenSearchService::Domain"),
        "ElastiCache::ReplicationGroup",
    ),
    "unencrypted-messages": _typed(
        _is_not_encrypted, "SQS::Queue", "SNS::Topic", "Kinesis::Stream"
    ),
    "certificates-ending-soon": _typed(
        ends_soon, "CertificateManager::Certificate", "IAM::ServerCertificate"
    ),
    "secrets-without-rotation": _typed(never_rotates, "SecretsManager::Secret"),
    "trails-not-logging": _typed(
        lambda trail: does_not_log(trail) or does_not_validate(trail), "CloudTrail::Trail"
    ),
    "listeners-without-tls": _typed(
        lambda one: serves_in_clear(one) or (is_of(LISTENER)(one) and accepts_old_tls(one)),
        *(LISTENER, CLASSIC),
    ),
    "open-administration-ports": _typed(opens_administration, "EC2::SecurityGroup"),
    "old-snapshots": _typed(_is_old, "EC2::Snapshot", *_SNAPSHOT_TYPES),
    "data-without-backups": _typed(
        _has_no_backups,
        *("RDS::DBInstance", "Redshift::Cluster", "ElastiCache::ReplicationGroup"),
        *("DynamoDB::Table", "EFS::FileSystem"),
    ),
    "vpcs-without-flow-logs": _typed(lambda vpc: vpc.resource_id == "not-logged", "EC2::VPC"),
    "log-groups-without-retention": _typed(
        lambda group: has(group, "retentionInDays") is None, "Logs::LogGroup"
    ),
    "without-access-logs": _typed(
        _is_without_access_logs,
        *("ElasticLoadBalancingV2::LoadBalancer", CLASSIC, "Redshift::Cluster"),
    ),
    "distributions-without-https": _typed(
        lambda one: "allow-all" in str(one.configuration), "CloudFront::Distribution"
    ),
    "repositories-without-scanning": _typed(
        lambda one: has(one, "imageScanningConfiguration") == {"scanOnPush": False},
        "ECR::Repository",
    ),
    "public-kubernetes-endpoints": _typed(_is_open_cluster, "EKS::Cluster"),
    "privileged-containers": _typed(_is_privileged, "ECS::TaskDefinition", "CodeBuild::Project"),
    "notebooks-with-internet-access": _typed(
        lambda one: has(one, "DirectInternetAccess") == "Enabled", "SageMaker::NotebookInstance"
    ),
    "databases-in-one-zone": _typed(
        _is_in_one_zone, "RDS::DBInstance", "ElastiCache::ReplicationGroup"
    ),
    "databases-without-deletion-protection": _typed(
        _can_be_deleted,
        *("RDS::DBInstance", "RDS::DBCluster", "DocDB::DBCluster", "DynamoDB::Table"),
    ),
    "alarms-without-actions": _typed(
        lambda alarm: not (has(alarm, "ActionsEnabled") and has(alarm, "AlarmActions")),
        *("CloudWatch::Alarm", "CloudWatch::CompositeAlarm"),
    ),
    "emr-without-security-configuration": _typed(_is_bare, "EMR::Cluster"),
    "failed-stacks": _typed(_is_failed, "CloudFormation::Stack"),
}
"""Each question in plain Python; findings use their rules."""


def answers(question: str, among: Sequence[Resource]) -> list[str]:
    """Return the sorted ARNs that match a question."""
    found = sorted(one.arn for one in among if QUESTIONS[question](one))
    assert 0 < len(found) < len(among)
    return found
