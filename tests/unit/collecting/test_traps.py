"""What would mislead a naive declaration of databases, containers and trails."""

from typing import Any

import pytest

from cidb2.items.resource import Resource
from cidb2.types.catalog import DECLARED
from cidb2.types.relations import edges
from tests.support.builders import ACCOUNT, REGION
from tests.support.declared import Reading

OTHER = "345678901234"
ELSEWHERE = "us-west-2"


def read(
    service: str, name: str, answers: dict[str, Any], region: str = REGION
) -> tuple[list[Resource], Reading]:
    reading = Reading(DECLARED[service], name, answers, region)
    return reading.read(), reading


class TestRdsListsThreeServices:
    def types_of(self, operation: str, result: str, entries: list[Any]) -> dict[str, str]:
        answers = {operation: {result: entries}, "list_tags_for_resource": {"TagList": []}}
        answers |= {
            f"describe_db{kind}_parameters": {"Parameters": []} for kind in ("", "_cluster")
        }
        name = {"DBInstances": "DBInstance", "DBClusterParameterGroups": "DBClusterParameterGroup"}
        found, _ = read("rds", f"AWS::RDS::{name[result]}", answers)
        return {one.resource_id: one.resource_type for one in found}

    def test_the_engine_tells_them_apart(self) -> None:
        engines = ["neptune", "docdb", "aurora-mysql", "sqlserver-ex", None]
        entries = [{"DBInstanceIdentifier": f"{each}", "Engine": each} for each in engines]
        assert self.types_of("describe_db_instances", "DBInstances", entries) == {
            "neptune": "AWS::Neptune::DBInstance",
            "docdb": "AWS::DocDB::DBInstance",
            "aurora-mysql": "AWS::RDS::DBInstance",
            "sqlserver-ex": "AWS::RDS::DBInstance",
            "None": "AWS::RDS::DBInstance",
        }

    def test_so_does_the_family_of_parameters_whatever_its_version(self) -> None:
        families = ["neptune1", "neptune1.3", "docdb5.0", "aurora-postgresql16"]
        entries = [
            {"DBClusterParameterGroupName": each, "DBParameterGroupFamily": each}
            for each in families
        ]
        operation, result = "describe_db_cluster_parameter_groups", "DBClusterParameterGroups"
        assert self.types_of(operation, result, entries) == {
            "neptune1": "AWS::Neptune::DBClusterParameterGroup",
            "neptune1.3": "AWS::Neptune::DBClusterParameterGroup",
            "docdb5.0": "AWS::DocDB::DBClusterParameterGroup",
            "aurora-postgresql16": "AWS::RDS::DBClusterParameterGroup",
        }

    def test_each_is_related_to_its_own(self) -> None:
        instance = {"DBInstanceIdentifier": "one", "Engine": "neptune", "DBClusterIdentifier": "c"}
        [one], _ = read(
            "rds", "AWS::RDS::DBInstance", {"describe_db_instances": {"DBInstances": [instance]}}
        )
        [declared] = [each for each in DECLARED["rds"].types if each.type == one.resource_type]
        [edge] = edges(declared.edges, {"configuration": one.configuration})
        assert (edge.target_type, edge.target) == ("AWS::Neptune::DBCluster", "c")


def test_only_manual_snapshots_are_asked_with_whom_they_are_shared() -> None:
    shared = [{"AttributeName": "restore", "AttributeValues": ["all"]}]
    answers = {
        "describe_db_snapshots": {
            "DBSnapshots": [
                {"DBSnapshotIdentifier": kind, "SnapshotType": kind}
                for kind in ("automated", "manual")
            ]
        },
        "describe_db_snapshot_attributes": {
            "DBSnapshotAttributesResult": {"DBSnapshotAttributes": shared}
        },
    }
    found, reading = read("rds", "AWS::RDS::DBSnapshot", answers)
    told = {one.resource_id: one.supplementary["Attributes"] for one in found}
    assert told == {"automated": None, "manual": shared}
    asked = reading.aws.arguments["describe_db_snapshot_attributes"]
    assert asked == [{"DBSnapshotIdentifier": "manual"}]


class TestGlobalClusters:
    """Every region lists them, with the same ARN."""

    ARN = f"arn:aws:rds::{ACCOUNT}:global-cluster:worldwide"
    NAMED: Any = {  # noqa: RUF012
        "GlobalClusterIdentifier": "worldwide",
        "GlobalClusterArn": ARN,
        "Engine": "aurora-mysql",
    }

    def found_in(self, region: str, members: list[Any]) -> tuple[list[str], list[str]]:
        """Return the ARNs that a region collects, and those that it lists for another."""
        cluster = {**self.NAMED, "GlobalClusterMembers": members}
        answers = {"describe_global_clusters": {"GlobalClusters": [cluster]}}
        reading = Reading(DECLARED["rds"], "AWS::RDS::GlobalCluster", answers, region)
        [page] = reading.pages()
        return [one.arn for one in page.listed], [*page.elsewhere]

    @pytest.mark.parametrize("writer", [REGION, ELSEWHERE])
    def test_one_belongs_to_the_region_that_writes(self, writer: str) -> None:
        members = [
            {
                "DBClusterArn": f"arn:aws:rds:{region}:{ACCOUNT}:cluster:one",
                "IsWriter": region == writer,
            }
            for region in (REGION, ELSEWHERE)
        ]
        assert self.found_in(writer, members) == ([self.ARN], [])
        [other] = {REGION, ELSEWHERE} - {writer}
        assert self.found_in(other, members) == ([], [self.ARN])

    def test_one_without_members_belongs_to_the_lead_region(self) -> None:
        assert self.found_in("us-east-1", []) == ([self.ARN], [])
        assert self.found_in(REGION, []) == ([], [self.ARN])


def test_a_peering_connection_belongs_to_the_region_of_its_requester() -> None:
    connection = {
        "VpcPeeringConnectionId": "pcx-1",
        "RequesterVpcInfo": {"OwnerId": ACCOUNT, "Region": ELSEWHERE},
        "AccepterVpcInfo": {"OwnerId": ACCOUNT, "Region": REGION},
    }
    answers = {"describe_vpc_peering_connections": {"VpcPeeringConnections": [connection]}}
    for region, count in ((REGION, 0), (ELSEWHERE, 1)):
        found, _ = read("ec2", "AWS::EC2::VPCPeeringConnection", answers, region)
        assert len(found) == count
    del connection["RequesterVpcInfo"]["Region"]  # type: ignore[attr-defined]
    found, _ = read("ec2", "AWS::EC2::VPCPeeringConnection", answers)
    assert len(found) == 1


def test_a_trail_of_the_organisation_is_its_owners() -> None:
    trails = [
        {"Name": name, "TrailARN": f"arn:aws:cloudtrail:{REGION}:{account}:trail/{name}"}
        for name, account in (("own", ACCOUNT), ("organisation", OTHER))
    ]
    answers = {"describe_trails": {"trailList": trails}}
    reading = Reading(DECLARED["cloudtrail"], "AWS::CloudTrail::Trail", answers)
    assert [one.arn for one in reading.listed()] == [trails[0]["TrailARN"]]
    assert reading.aws.arguments["describe_trails"] == [{"includeShadowTrails": False}]


def test_certificates_of_every_kind_of_key_are_listed() -> None:
    answers: dict[str, Any] = {"list_certificates": {"CertificateSummaryList": []}}
    reading = Reading(DECLARED["acm"], "AWS::CertificateManager::Certificate", answers)
    assert reading.listed() == []
    [asked] = reading.aws.arguments["list_certificates"]
    assert {"RSA_4096", "EC_prime256v1"} < {*asked["Includes"]["keyTypes"]}


def test_services_of_a_cluster_are_described_ten_at_once_with_their_cluster() -> None:
    place = f"arn:aws:ecs:{REGION}:{ACCOUNT}"
    clusters = [f"{place}:cluster/{name}" for name in ("a", "b")]

    def services(cluster: str, **_: Any) -> Any:
        name = cluster.rpartition("/")[2]
        return {"serviceArns": [f"{place}:service/{name}/{number}" for number in range(12)]}

    answers = {
        "list_clusters": {"clusterArns": clusters},
        "list_services": services,
        "describe_services": lambda **asked: {
            "services": [{"serviceArn": arn, "status": "ACTIVE"} for arn in asked["services"]],
            "failures": [],
        },
    }
    found, reading = read("ecs", "AWS::ECS::Service", answers)
    assert len(found) == 24
    assert all(one.configuration and not one.unreadable for one in found)
    asked = [
        (each["cluster"], len(each["services"]))
        for each in reading.aws.arguments["describe_services"]
    ]
    assert asked == [(cluster, count) for cluster in clusters for count in (10, 2)]


def test_a_cluster_that_has_vanished_meanwhile_costs_no_other_its_description() -> None:
    place = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster"
    answers = {
        "list_clusters": {"clusterArns": [f"{place}/gone", f"{place}/here"]},
        "describe_clusters": {
            "clusters": [{"clusterArn": f"{place}/here", "status": "ACTIVE"}],
            "failures": [{"arn": f"{place}/gone", "reason": "MISSING"}],
        },
    }
    found, _ = read("ecs", "AWS::ECS::Cluster", answers)
    assert {one.resource_name: {*one.unreadable} for one in found} == {
        "gone": {"configuration", "tags"},
        "here": set(),
    }
