"""What is planted is believable, the same for a seed, and changes when it is told to."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from botocore.credentials import Credentials

from cidb2.aws.caller import Caller
from cidb2.aws.connections import Connections
from cidb2.aws.protocols import Protocols
from cidb2.items.findings.catalog import BY_TYPE
from cidb2.scope import GLOBAL, Scope
from cidb2.services import ORGANIZATION, SERVICES
from cidb2.times import now
from cidb2.types.catalog import TYPES
from local.emulator.cloud import Cloud
from local.gateway.identity import operator
from local.simulation import truth
from local.simulation.check import compare, difference
from local.simulation.expectation import expect
from local.simulation.population import HUB, REGIONS, Organisation
from local.simulation.population.organisation import SHARES, member_id
from local.simulation.population.place import PASSWORD
from local.simulation.truth import Item
from tests.support.builders import a_resource, a_run
from tests.support.over_the_wire import items_from
from tools.services import declared

pytestmark = pytest.mark.integration

WHERE = REGIONS[:3]
IDENTITY = ("resourceType", "resourceId", "resourceName", "accountId", "awsRegion", "tags")
EVERY_TYPE = {
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Role",
    "AWS::IAM::User",
    "AWS::IAM::Group",
    "AWS::KMS::Key",
    "AWS::EC2::Instance",
    "AWS::S3::Bucket",
}

PLANTED_IN_PLENTY = {module.__name__.rpartition(".")[2].strip("_") for module in SHARES}
IN_PLENTY = {
    each.type
    for service in PLANTED_IN_PLENTY
    for each in TYPES[service].values()
    if service == "ec2" or each.type in EVERY_TYPE or each.listing.is_by_hand
}
"""Types of which the truth is read; of others, only planters say what stands in the accounts."""
NOT_PLANTED = {
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::DocDB::DBCluster",
    "AWS::DocDB::DBClusterSnapshot",
    "AWS::DocDB::DBInstance",
    "AWS::DocDB::GlobalCluster",
    "AWS::ElastiCache::GlobalReplicationGroup",
    "AWS::ElastiCache::ServerlessCache",
    "AWS::ElastiCache::UserGroup",
    "AWS::MemoryDB::ACL",
    "AWS::MemoryDB::ParameterGroup",
    "AWS::Neptune::GlobalCluster",
    "AWS::RDS::DBProxyEndpoint",
}
"""Types that moto cannot make."""


def plant(seed: int, *, mutate: bool = False) -> tuple[dict[str, Item], dict[str, Item]]:
    """Return what stands after planting, and after the changes of a day."""
    planted = Organisation(2, 60, WHERE, seed)
    accounts = [account.id for account in planted.accounts]
    with Cloud() as cloud:
        planted.plant()
        before = truth.read(cloud.client, accounts, WHERE)
        if mutate:
            planted.mutate(seed)
        return before, truth.read(cloud.client, accounts, WHERE)


def is_asked_for(item: Item) -> bool:
    """Tell what is planted in plenty from what comes with an account, its regions and instances."""
    kind = str(item["resourceType"])
    is_of_a_network = kind.startswith("AWS::EC2::") and kind != "AWS::EC2::Instance"
    is_asked = item["arn"].split(":")[2] in PLANTED_IN_PLENTY and "AccountSettings" not in kind
    return is_asked and not is_of_a_network


@pytest.fixture(scope="module")
def states() -> tuple[dict[str, Item], dict[str, Item]]:
    return plant(3, mutate=True)


def test_a_seed_plants_the_same_to_the_last_field(
    states: tuple[dict[str, Item], dict[str, Item]],
) -> None:
    again, _ = plant(3)
    assert again == states[0]
    other, _ = plant(4)
    assert other != again


def test_every_healthy_account_has_what_was_asked_for_in_all_varieties(
    states: tuple[dict[str, Item], dict[str, Item]],
) -> None:
    items = [item for item in states[0].values() if is_asked_for(item)]
    counts = Counter(item["accountId"] for item in items)
    operators_role, oversize_bucket, sealed_key, blocked_bucket = 1, 1, 1, 1
    assert counts[member_id(0)] == 60 + operators_role + oversize_bucket + sealed_key
    assert counts[member_id(1)] == 60 + operators_role + blocked_bucket
    types = {item["resourceType"] for item in items}
    assert types >= EVERY_TYPE
    assert {each.split("::")[1].lower() for each in types} == PLANTED_IN_PLENTY
    assert {item["awsRegion"] for item in items} == {*WHERE, "global"}
    states_of_keys = {i["configuration"].get("KeyState") for i in items}
    assert {"Enabled", "Disabled", "PendingDeletion"} <= states_of_keys
    instances = [i["configuration"] for i in items if i["resourceType"] == "AWS::EC2::Instance"]
    states_of_instances = {each["State"]["Name"] for each in instances}
    assert {"running", "stopped", "terminated"} <= states_of_instances
    policies = [i["supplementaryConfiguration"] for i in items if "S3" in i["resourceType"]]
    assert {str(p["PolicyStatus"]) for p in policies} == {
        "None",
        "{'IsPublic': True}",
        "{'IsPublic': False}",
    }
    assert any("🎈" in name for item in items for name in item["tags"])


@contextmanager
def every_type() -> Iterator[tuple[Cloud, Organisation]]:
    """Yield a small organisation with one of each type."""
    planted = Organisation(1, 14, WHERE[:1], seed=1)
    with Cloud() as cloud:
        planted.plant(cloud.client)
        yield cloud, planted


def read_of(cloud: Cloud, account: str) -> Iterator[Item]:
    """Yield what is read of the services that only planters know, as it is stored."""
    credentials = Credentials(*vars(operator(account, WHERE[0])).values())
    over = Caller(account, credentials, WHERE[0], Protocols(), Connections(), threads=1)
    for service in map(declared, SERVICES):
        if service.name == ORGANIZATION and account != HUB:
            continue
        scope = Scope(account, service.name, WHERE[0] if service.is_regional else GLOBAL)
        for listing in service.listings:
            if IN_PLENTY & {*listing.types}:
                continue
            for item in items_from(listing.reader(over, scope, a_run()), scope):
                yield {**item, "configurationItemStatus": "OK"}


def findings_of(item: Item) -> set[str]:
    """Return what is found of an item as it is read now."""
    resource = a_resource(
        resource_type=item["resourceType"],
        region=item["awsRegion"],
        configuration=item["configuration"],
        supplementary=item["supplementaryConfiguration"],
        captured_at=now(),
    )
    return {
        rule.finding for rule in BY_TYPE.get(resource.resource_type, ()) if rule.judge(resource)
    }


def test_every_type_is_planted_and_is_as_its_planter_says(monkeypatch: pytest.MonkeyPatch) -> None:
    with every_type() as (cloud, planted):
        accounts = [HUB, member_id(0)]
        standing = truth.read(cloud.client, accounts, WHERE[:1])
        expected = expect(standing, {}, planted).found
        monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.endpoint)
        read = [item for one in accounts for item in read_of(cloud, one)]
    as_stored = {"configurationItemStatus": "OK", "unreadable": {}}
    told = {arn: {**item, **as_stored} for arn, item in standing.items()}
    told |= {item["arn"]: item for item in read}
    assert [*compare(expected, told).lines()] == []
    assert not [item for item in read if PASSWORD in str(item)]
    noted = {one.arn: {*one.findings} for one in planted.expected}
    assert {item["arn"]: findings_of(item) for item in read} == {
        item["arn"]: noted.get(item["arn"], set()) for item in read
    }
    found = {item["resourceType"] for item in expected.values()}
    assert found == {each.type for name in SERVICES for each in declared(name).types} - NOT_PLANTED


def test_what_another_account_shares_is_listed_but_not_a_resource_of_its_own() -> None:
    planted = Organisation(1, 14, WHERE[:1], seed=1)
    with Cloud() as cloud:
        planted.plant(cloud.client)
        hub = cloud.client("ec2", account=HUB, region=WHERE[0])
        listed = hub.describe_subnets()["Subnets"]
        peerings = hub.describe_vpc_peering_connections()["VpcPeeringConnections"]
        standing = truth.read(cloud.client, [HUB], WHERE[:1]).values()
    assert {each["OwnerId"] for each in listed} == {HUB, member_id(0)}
    assert len(peerings) == 1
    kinds = Counter(item["resourceType"] for item in standing)
    assert (kinds["AWS::EC2::Subnet"], kinds["AWS::EC2::VPCPeeringConnection"]) == (1, 0)


def test_a_days_changes_touch_every_service(
    states: tuple[dict[str, Item], dict[str, Item]],
) -> None:
    changes = difference(*states)
    for arns in (changes.created, changes.changed, changes.deleted):
        services = {arn.split(":")[2] for arn in arns}
        assert services == PLANTED_IN_PLENTY


def test_the_organisation_has_units_and_a_suspended_account() -> None:
    planted = Organisation(3, 0, WHERE, seed=1)
    with Cloud() as cloud:
        planted.plant()
        organizations = cloud.client("organizations")
        listed = {a["Id"]: a for a in organizations.list_accounts()["Accounts"]}
        regions, elsewhere = (
            cloud.client("ec2", member_id(0), region).describe_regions(AllRegions=True)
            for region in (WHERE[0], "ap-south-1")
        )
    assert list(listed)[:4] == [HUB, "234567890123", "345678901234", "456789012345"]
    assert listed["777788889999"]["State"] == "SUSPENDED"
    assert len(listed) == 7
    assert regions["Regions"] == elsewhere["Regions"]
    statuses = {r["RegionName"]: r["OptInStatus"] for r in regions["Regions"]}
    assert statuses == dict.fromkeys(WHERE, "opt-in-not-required") | {"me-south-1": "not-opted-in"}


def test_an_organizational_unit_stands_for_the_accounts_below_it() -> None:
    planted = Organisation(3, 0, WHERE, seed=1)
    with Cloud() as cloud:
        planted.plant()
        organizations = cloud.client("organizations")
        root = organizations.list_roots()["Roots"][0]["Id"]
        units = organizations.list_organizational_units_for_parent(ParentId=root)
        ids = {unit["Name"]: unit["Id"] for unit in units["OrganizationalUnits"]}
        standing = truth.read(cloud.client, [a.id for a in planted.accounts], WHERE)
        wanted = {"accounts": {"organizational_units": [ids["Workloads"]]}}
        found = expect(standing, wanted, planted).found.values()
    assert {item["accountId"] for item in found} == {member_id(index) for index in range(3)}


def test_many_days_pass() -> None:
    planted = Organisation(1, 40, WHERE, seed=1)
    with Cloud() as cloud:
        planted.plant()
        for day in range(1, 20):
            planted.mutate(day)
        standing = truth.read(cloud.client, [member_id(0)], WHERE)
    assert len(standing) > 40
