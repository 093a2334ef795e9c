"""Findings of databases and search domains that the internet reaches, and of public snapshots."""

from collections.abc import Mapping
from typing import Any

from cidb2.items.findings.content import any_entry, ask_any, flag, is_readable, mapping, member
from cidb2.items.findings.policies import lets_everybody_in
from cidb2.items.findings.rule import Finding, Rule
from cidb2.items.findings.verdicts import Verdict, and_
from cidb2.items.item import Effect
from cidb2.items.resource import Resource

_CLUSTER = "AWS::RDS::DBCluster"


def is_public_database(database: Resource) -> Verdict:
    """Tell whether a database has a public address; who may use it, its security groups decide.

    A cluster of Aurora is reached through its instances, and the setting is theirs.
    """
    is_public = flag(member(database, "PubliclyAccessible"))
    engine = member(database, "Engine")
    is_cluster = database.resource_type == _CLUSTER
    if is_public is None and is_cluster and isinstance(engine, str) and engine.startswith("aurora"):
        return False
    return is_public


def is_public_database_snapshot(snapshot: Resource) -> Verdict:
    """Tell whether every account may restore a snapshot; only manual ones can be shared."""
    kind = member(snapshot, "SnapshotType")
    is_of_rds = isinstance(kind, str) and kind != "manual"
    return ask_any(
        snapshot,
        "Attributes",
        lambda attributes: any_entry(_lets_all_restore, attributes),
        not_configured=False if is_of_rds else None,
    )


def _lets_all_restore(attribute: Any) -> Verdict:
    name = mapping(attribute).get("AttributeName")
    if name != "restore":
        return False if isinstance(name, str) else None
    return any_entry(
        lambda account: account == "all" if isinstance(account, str) else None,
        attribute.get("AttributeValues"),
    )


def is_public_domain(domain: Resource) -> Verdict:
    """Tell whether a search domain has a public endpoint and a policy that lets everybody in."""
    if not is_readable(domain, "VPCOptions"):
        return None
    is_in_vpc = any(mapping(member(domain, "VPCOptions")).values())
    policy = member(domain, "AccessPolicies")
    return and_(
        not is_in_vpc,
        lets_everybody_in(policy)
        if isinstance(policy, Mapping)
        else False
        if policy == ""
        else None,
    )


RULES = (
    Rule(
        Finding.PUBLIC_DATABASE,
        types=(
            "AWS::RDS::DBInstance",
            _CLUSTER,
            "AWS::Neptune::DBInstance",
            "AWS::DocDB::DBInstance",
            "AWS::Redshift::Cluster",
        ),
        judge=is_public_database,
        title="Databases with a public address",
        advice=(
            "aws rds modify-db-instance --db-instance-identifier <database> "
            "--no-publicly-accessible; of Redshift, aws redshift modify-cluster "
            "--cluster-identifier <cluster> --no-publicly-accessible."
        ),
        page=(
            "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/"
            "USER_VPC.WorkingWithRDSInstanceinaVPC.html"
        ),
        effect=Effect.EXPOSURE_WIDENED,
    ),
    Rule(
        Finding.PUBLIC_DATABASE_SNAPSHOT,
        types=(
            "AWS::RDS::DBSnapshot",
            "AWS::RDS::DBClusterSnapshot",
            "AWS::Neptune::DBClusterSnapshot",
            "AWS::DocDB::DBClusterSnapshot",
        ),
        judge=is_public_database_snapshot,
        title="Public database snapshots",
        advice=(
            "aws rds modify-db-snapshot-attribute --db-snapshot-identifier <snapshot> "
            "--attribute-name restore --values-to-remove all; of a cluster, "
            "modify-db-cluster-snapshot-attribute --db-cluster-snapshot-identifier <snapshot>."
        ),
        page="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ShareSnapshot.html",
        effect=Effect.EXPOSURE_WIDENED,
    ),
    Rule(
        Finding.PUBLIC_SEARCH_DOMAIN,
        types=("AWS::OpenSearchService::Domain",),
        judge=is_public_domain,
        title="Search domains that are open to everybody",
        advice=(
            "Name principals or addresses in the access policy, or move the data to a domain in a "
            "VPC: a domain with a public endpoint cannot be moved into one."
        ),
        page="https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ac.html",
        effect=Effect.EXPOSURE_WIDENED,
    ),
)
