"""Plants one of each of RDS's types, and of Neptune's and DocumentDB's in the same API."""

from collections.abc import Iterable, Iterator
from typing import Any

from local.simulation.population.place import PASSWORD, STRANGER, TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

LEAD_REGION = "us-east-1"
ATTRIBUTES = "supplementaryConfiguration.Attributes.0"
UNENCRYPTED = "UNENCRYPTED_DATABASE_SNAPSHOT"
PARAMETERS = "supplementaryConfiguration.Parameters.0.ParameterValue"
ADMIN = {"MasterUsername": "admin", "MasterUserPassword": PASSWORD, "Tags": TAG_LIST}


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create public, unencrypted and shared databases, and their groups."""
    place = Place(site, client, "rds")
    rds = place.client("rds")
    yield from _instances(place, rds)
    yield from _clusters(place, rds)
    yield _global_cluster(Place(site, client, "rds", LEAD_REGION))
    yield from _groups(place, rds)
    yield from _proxy(place, rds)


def _instances(place: Place, rds: Any) -> Iterator[Planted]:
    for kind, name, engine, version, is_open, findings in (
        ("RDS", "orders", "mysql", "5.7.44", True, ("PUBLIC_DATABASE", "OUT_OF_SUPPORT")),
        ("Neptune", "graph", "neptune", "1.3.2.1", False, ()),
    ):
        rds.create_db_instance(
            DBInstanceIdentifier=name,
            DBInstanceClass="db.m5.large",
            Engine=engine,
            EngineVersion=version,
            AllocatedStorage=20,
            PubliclyAccessible=is_open,
            **ADMIN,
        )
        shows = {"PubliclyAccessible": is_open, "StorageEncrypted": False, "Engine": engine}
        found = ("UNENCRYPTED_DATABASE", *findings)
        yield place.planted(f"{kind}::DBInstance", f"db:{name}", shows, findings=found)
    rds.create_db_snapshot(
        DBInstanceIdentifier="orders", DBSnapshotIdentifier="for-everybody", Tags=TAG_LIST
    )
    rds.modify_db_snapshot_attribute(
        DBSnapshotIdentifier="for-everybody", AttributeName="restore", ValuesToAdd=["all"]
    )
    shows = {f"{ATTRIBUTES}.AttributeValues": ["all"], "Encrypted": False}
    found = ("PUBLIC_DATABASE_SNAPSHOT", UNENCRYPTED)
    yield place.planted("RDS::DBSnapshot", "snapshot:for-everybody", shows, findings=found)
    made = rds.describe_db_snapshots(SnapshotType="automated")["DBSnapshots"]
    names = [each["DBSnapshotIdentifier"] for each in made]
    yield from _automated(place, "RDS::DBSnapshot", "snapshot", names, UNENCRYPTED)
    for made in rds.describe_db_parameter_groups()["DBParameterGroups"]:
        name, family = made["DBParameterGroupName"], made["DBParameterGroupFamily"]
        kind = "Neptune" if family.startswith("neptune") else "RDS"
        shows = {"supplementaryConfiguration.Parameters": None}
        yield place.planted(f"{kind}::DBParameterGroup", f"pg:{name}", shows, own_id=name, tags={})


def _automated(
    place: Place, kind: str, resource: str, names: Iterable[str], *findings: str
) -> Iterator[Planted]:
    """Yield the automated snapshots, which cannot be shared."""
    shows = {"SnapshotType": "automated", "supplementaryConfiguration.Attributes": None}
    for name in names:
        arn = f"{resource}:{name}"
        yield place.planted(kind, arn, shows, own_id=name, tags={}, findings=findings)


def _clusters(place: Place, rds: Any) -> Iterator[Planted]:
    for kind, engine, version, findings in (
        ("RDS", "aurora-mysql", "5.7.mysql_aurora.2.11.1", ("OUT_OF_SUPPORT",)),
        ("Neptune", "neptune", "1.3.2.1", ()),
    ):
        name = f"of-{engine}"
        rds.create_db_cluster(
            DBClusterIdentifier=name,
            Engine=engine,
            EngineVersion=version,
            StorageEncrypted=True,
            **ADMIN,
        )
        shows = {"Engine": engine, "StorageEncrypted": True}
        yield place.planted(f"{kind}::DBCluster", f"cluster:{name}", shows, findings=findings)
        rds.create_db_cluster_snapshot(
            DBClusterIdentifier=name, DBClusterSnapshotIdentifier=f"shared-{name}", Tags=TAG_LIST
        )
        rds.modify_db_cluster_snapshot_attribute(
            DBClusterSnapshotIdentifier=f"shared-{name}",
            AttributeName="restore",
            ValuesToAdd=[STRANGER],
        )
        shows = {f"{ATTRIBUTES}.AttributeValues": [STRANGER]}
        yield place.planted(f"{kind}::DBClusterSnapshot", f"cluster-snapshot:shared-{name}", shows)
        made = rds.describe_db_cluster_snapshots(
            DBClusterIdentifier=name, SnapshotType="automated"
        )["DBClusterSnapshots"]
        names = [each["DBClusterSnapshotIdentifier"] for each in made]
        yield from _automated(place, f"{kind}::DBClusterSnapshot", "cluster-snapshot", names)


def _global_cluster(lead: Place) -> Planted:
    """Create a global cluster without members: it belongs to the lead region."""
    lead.client("rds").create_global_cluster(
        GlobalClusterIdentifier="worldwide", Engine="aurora-mysql"
    )
    arn = f"arn:aws:rds::{lead.account}:global-cluster:worldwide"
    return lead.planted("RDS::GlobalCluster", arn, {"GlobalClusterMembers": []}, tags={})


def _groups(place: Place, rds: Any) -> Iterator[Planted]:
    rds.create_db_subnet_group(
        DBSubnetGroupName="private",
        DBSubnetGroupDescription="without a way to the internet",
        SubnetIds=place.subnets,
        Tags=TAG_LIST,
    )
    yield place.planted("RDS::DBSubnetGroup", "subgrp:private", {"VpcId": place.vpc})
    for kind, name, family in (("RDS", "strict", "mysql8.0"), ("Neptune", "graphs", "neptune1.3")):
        rds.create_db_parameter_group(
            DBParameterGroupName=name,
            DBParameterGroupFamily=family,
            Description="only with TLS",
            Tags=TAG_LIST,
        )
        rds.modify_db_parameter_group(DBParameterGroupName=name, Parameters=[_tls("rds.force_ssl")])
        yield place.planted(f"{kind}::DBParameterGroup", f"pg:{name}", {PARAMETERS: "1"})
    for kind, name, family in (
        ("RDS", "strict", "aurora-mysql8.0"),
        ("Neptune", "graphs", "neptune1.3"),
        ("DocDB", "documents", "docdb5.0"),
    ):
        rds.create_db_cluster_parameter_group(
            DBClusterParameterGroupName=name,
            DBParameterGroupFamily=family,
            Description="only with TLS",
            Tags=TAG_LIST,
        )
        rds.modify_db_cluster_parameter_group(
            DBClusterParameterGroupName=name, Parameters=[_tls("tls")]
        )
        yield place.planted(
            f"{kind}::DBClusterParameterGroup", f"cluster-pg:{name}", {PARAMETERS: "1"}
        )
    rds.create_option_group(
        OptionGroupName="options",
        EngineName="mysql",
        MajorEngineVersion="5.6",
        OptionGroupDescription="nobody uses it",
        Tags=TAG_LIST,
    )
    yield place.planted("RDS::OptionGroup", "og:options", {"EngineName": "mysql"})


def _tls(name: str) -> dict[str, str]:
    return {"ParameterName": name, "ParameterValue": "1", "ApplyMethod": "pending-reboot"}


def _proxy(place: Place, rds: Any) -> Iterator[Planted]:
    rds.create_event_subscription(
        SubscriptionName="events", SnsTopicArn=place.arn("events", "sns"), Tags=TAG_LIST
    )
    shows = {"SnsTopicArn": place.arn("events", "sns")}
    yield place.planted("RDS::EventSubscription", "es:events", shows)
    proxy = rds.create_db_proxy(
        DBProxyName="proxy",
        EngineFamily="MYSQL",
        Auth=[{"AuthScheme": "SECRETS", "IAMAuth": "DISABLED"}],
        RoleArn=f"arn:aws:iam::{place.account}:role/proxy",
        VpcSubnetIds=place.subnets,
        RequireTLS=False,
        Tags=TAG_LIST,
    )["DBProxy"]["DBProxyArn"]
    yield place.planted("RDS::DBProxy", proxy, {"RequireTLS": False}, own_id=proxy, name="proxy")
