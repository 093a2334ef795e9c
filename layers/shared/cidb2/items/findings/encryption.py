"""Findings of what is not encrypted at rest."""

from collections.abc import Mapping

from cidb2.items.findings.content import flag, member
from cidb2.items.findings.rule import Finding, Rule
from cidb2.items.findings.verdicts import Verdict, not_
from cidb2.items.item import Effect
from cidb2.items.resource import Resource

_PATHS: Mapping[Finding, Mapping[str, str]] = {
    Finding.UNENCRYPTED_VOLUME: {"AWS::EC2::Volume": "Encrypted"},
    Finding.UNENCRYPTED_SNAPSHOT: {"AWS::EC2::Snapshot": "Encrypted"},
    Finding.UNENCRYPTED_DATABASE: {
        "AWS::RDS::DBInstance": "StorageEncrypted",
        "AWS::RDS::DBCluster": "StorageEncrypted",
        "AWS::Neptune::DBInstance": "StorageEncrypted",
        "AWS::Neptune::DBCluster": "StorageEncrypted",
        "AWS::DocDB::DBInstance": "StorageEncrypted",
        "AWS::DocDB::DBCluster": "StorageEncrypted",
        "AWS::Redshift::Cluster": "Encrypted",
    },
    Finding.UNENCRYPTED_DATABASE_SNAPSHOT: {
        "AWS::RDS::DBSnapshot": "Encrypted",
        "AWS::RDS::DBClusterSnapshot": "StorageEncrypted",
        "AWS::Neptune::DBClusterSnapshot": "StorageEncrypted",
        "AWS::DocDB::DBClusterSnapshot": "StorageEncrypted",
        "AWS::Redshift::Snapshot": "Encrypted",
    },
    Finding.UNENCRYPTED_FILE_SYSTEM: {"AWS::EFS::FileSystem": "Encrypted"},
    Finding.UNENCRYPTED_SEARCH_DOMAIN: {
        "AWS::OpenSearchService::Domain": "EncryptionAtRestOptions.Enabled"
    },
    Finding.UNENCRYPTED_CACHE: {"AWS::ElastiCache::ReplicationGroup": "AtRestEncryptionEnabled"},
}
"""The types of each finding, and where the configuration tells whether they are encrypted."""

_PATH = {kind: path for paths in _PATHS.values() for kind, path in paths.items()}


def is_unencrypted(resource: Resource) -> Verdict:
    """Tell whether a resource is not encrypted at rest."""
    return not_(flag(member(resource, _PATH[resource.resource_type])))


def _rule(finding: Finding, title: str, advice: str, page: str) -> Rule:
    url = f"https://docs.aws.amazon.com/{page}"
    types, effect = (*_PATHS[finding],), Effect.ENCRYPTION_REMOVED
    return Rule(finding, types, is_unencrypted, title, advice, url, effect)


DISKS = (
    _rule(
        Finding.UNENCRYPTED_VOLUME,
        "Unencrypted volumes",
        "Replace it with a volume created from an encrypted copy of its snapshot. "
        "aws ec2 enable-ebs-encryption-by-default encrypts new volumes of a region.",
        "ebs/latest/userguide/how-ebs-encryption-works.html",
    ),
    _rule(
        Finding.UNENCRYPTED_SNAPSHOT,
        "Unencrypted snapshots",
        "aws ec2 copy-snapshot --source-region <region> --source-snapshot-id <snapshot> "
        "--encrypted, then delete the original.",
        "ebs/latest/userguide/how-ebs-encryption-works.html",
    ),
)
RULES = (
    _rule(
        Finding.UNENCRYPTED_DATABASE,
        "Unencrypted databases",
        "Restore an encrypted copy of a snapshot. Of Redshift, aws redshift modify-cluster "
        "--cluster-identifier <cluster> --encrypted.",
        "AmazonRDS/latest/UserGuide/Overview.Encryption.html",
    ),
    _rule(
        Finding.UNENCRYPTED_DATABASE_SNAPSHOT,
        "Unencrypted database snapshots",
        "aws rds copy-db-snapshot --kms-key-id <key> (of a cluster, copy-db-cluster-snapshot), "
        "then delete the original. Those of Redshift are as encrypted as their cluster was.",
        "AmazonRDS/latest/UserGuide/USER_CopySnapshot.html",
    ),
    _rule(
        Finding.UNENCRYPTED_FILE_SYSTEM,
        "Unencrypted file systems",
        "Create an encrypted file system, and copy the data with AWS DataSync or replication.",
        "efs/latest/ug/encryption-at-rest.html",
    ),
    _rule(
        Finding.UNENCRYPTED_SEARCH_DOMAIN,
        "Unencrypted search domains",
        "aws opensearch update-domain-config --domain-name <domain> "
        "--encryption-at-rest-options Enabled=true",
        "opensearch-service/latest/developerguide/encryption-at-rest.html",
    ),
    _rule(
        Finding.UNENCRYPTED_CACHE,
        "Unencrypted caches",
        "Restore a backup into a replication group created with --at-rest-encryption-enabled.",
        "AmazonElastiCache/latest/dg/at-rest-encryption.html",
    ),
)
