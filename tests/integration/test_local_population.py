"""What is planted is believable, the same for a seed, and changes when it is told to."""

from collections import Counter

import pytest

from cidb2.services import SERVICES
from local.emulator.cloud import Cloud
from local.simulation import truth
from local.simulation.check import difference
from local.simulation.expectation import expect
from local.simulation.population import HUB, REGIONS, Organisation
from local.simulation.population.organisation import member_id
from local.simulation.truth import Item

pytestmark = pytest.mark.integration

WHERE = REGIONS[:3]
EVERY_TYPE = {
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Role",
    "AWS::IAM::User",
    "AWS::IAM::Group",
    "AWS::KMS::Key",
    "AWS::EC2::Instance",
    "AWS::S3::Bucket",
}


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
    items = states[0].values()
    counts = Counter(item["accountId"] for item in items)
    operators_role, oversize_bucket, sealed_key, blocked_bucket = 1, 1, 1, 1
    assert counts[member_id(0)] == 60 + operators_role + oversize_bucket + sealed_key
    assert counts[member_id(1)] == 60 + operators_role + blocked_bucket
    types = {item["resourceType"] for item in items}
    assert types >= EVERY_TYPE
    assert {each.split("::")[1].lower() for each in types} == {*SERVICES}
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


def test_a_days_changes_touch_every_service(
    states: tuple[dict[str, Item], dict[str, Item]],
) -> None:
    changes = difference(*states)
    for arns in (changes.created, changes.changed, changes.deleted):
        services = {arn.split(":")[2] for arn in arns}
        assert services == {*SERVICES}


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
