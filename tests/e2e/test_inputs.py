"""Every form of the execution's input: what it makes of a run, and what is wrong in one line."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from cidb2.services import SERVICES
from cidb2.types.catalog import REGIONAL
from local.commands.places import MEMBER_TEMPLATE
from local.deployment.deploy import deploy
from local.deployment.stack import Stack
from local.deployment.template import load_template
from local.simulation.population import HUB, REGIONS, Organisation
from local.simulation.truth import Item
from tests.support.events import load_event
from tests.support.template import TEMPLATE
from tests.support.world import PLANTED_SERVICES, Row, Taken, World, world

EVERYWHERE = REGIONS[:2]
NEVER_OPTED_IN = "me-south-1"
ROLE_MISSING, KMS_DENIED, SUSPENDED = "111122223333", "444455556666", "777788889999"
WHOLE_ORGANISATION = {HUB, "234567890123", "345678901234", ROLE_MISSING, KMS_DENIED}
OTHER_TOPIC = "arn:aws:sns:us-east-1:123456789012:somebody-elses"
VOLUME = "AWS::EC2::Volume"
EMPTY_UNIT = "ou-zzzz-zzzzzzzz"
SCHEDULED = {"services": ["iam", "s3"]}


@pytest.fixture(scope="module")
def here() -> Iterator[World]:
    planted, scheduled = Organisation(2, 8, EVERYWHERE, seed=31), json.dumps(SCHEDULED)
    with world(planted, parameters={"InventoryScheduleInput": scheduled}, time_scale=5) as made:
        yield made


def accounts_of(here: World, taken: Taken) -> set[str]:
    """Return the accounts of a run, as its list in S3 names them."""
    listed = [one["accountId"] for one in json.loads(here.object(accounts_key(taken)))]
    assert len(listed) == len(set(listed)) == taken.summary["accounts"]
    return set(listed)


def accounts_key(taken: Taken) -> str:
    return f"runs/{taken.run_id}/accounts.json"


def scopes_of(here: World, taken: Taken) -> dict[str, set[str]]:
    """Return the regions of a run's ledger rows by service."""
    regions: dict[str, set[str]] = {}
    for service, _, region in here.outcomes(taken.run_id):
        regions.setdefault(service, set()).add(region)
    return regions


def found_by(here: World, taken: Taken) -> dict[str, Item]:
    """Return what the run itself stored, by ARN."""
    rows = here.inventory_rows().items()
    return {arn: row for (arn, sk), row in rows if sk == "current" and row["runId"] == taken.run_id}


# --- good ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("own_topic", [True, False], ids=["own topic", "no topic"])
def test_the_sample_input_works_as_it_stands(here: World, own_topic: bool) -> None:
    wanted = load_event("execution-accounts")
    if own_topic:
        wanted["config"]["sns_topic_arn"] = here.aws.stack.outputs["TopicArn"]
    taken = here.take_inventory(wanted)

    assert taken.summary["status"] == "COMPLETE"
    assert accounts_of(here, taken) == {HUB, "234567890123"}
    assert list(here.compare_found(taken, wanted).lines()) == []
    config = here.run_row(taken.run_id)["config"]
    assert config["sns_topic_arn"] == here.aws.stack.outputs["TopicArn"]
    sizes = ("batch_size", "large_batch_size", "large_batch_threshold")
    assert [config[name] for name in sizes] == [10, 20, 100]


def test_an_account_that_is_named_twice_counts_once(here: World) -> None:
    twice = {"accounts": ["234567890123", HUB, "234567890123"], "services": ["iam"]}
    taken = here.take_inventory(twice)
    assert accounts_of(here, taken) == {HUB, "234567890123"}
    assert here.outcomes(taken.run_id).keys() == {
        ("iam", HUB, "global"),
        ("iam", "234567890123", "global"),
    }
    assert taken.totals["duplicate"] == 0


@pytest.mark.parametrize("wanted", [{}, {"accounts": "organization"}], ids=["empty", "by name"])
def test_the_organisation_is_collected_less_what_is_suspended(
    here: World, wanted: dict[str, Any]
) -> None:
    taken = here.take_inventory(wanted | {"services": ["iam"]})
    assert accounts_of(here, taken) == WHOLE_ORGANISATION
    outcomes = here.outcomes(taken.run_id)
    assert outcomes["iam", SUSPENDED, "global"] == ("FAILED", "ACCOUNT_SUSPENDED")
    assert outcomes["iam", ROLE_MISSING, "global"] == ("FAILED", "ROLE_DENIED")
    assert len(outcomes) == len(WHOLE_ORGANISATION) + 1


def test_the_schedule_collects_the_organisation(here: World) -> None:
    taken = here.taken(here.aws.wait(here.aws.trigger("InventorySchedule")))
    assert accounts_of(here, taken) == WHOLE_ORGANISATION
    assert json.loads(here.run_row(taken.run_id)["input"]) == SCHEDULED
    assert list(here.compare_found(taken, SCHEDULED).lines()) == []


def test_organizational_units_bring_all_accounts_below_them(here: World) -> None:
    organizations = here.aws.client("organizations")
    root = organizations.list_roots()["Roots"][0]["Id"]
    units = organizations.list_organizational_units_for_parent(ParentId=root)
    workloads = next(u["Id"] for u in units["OrganizationalUnits"] if u["Name"] == "Workloads")
    wanted = {"accounts": {"organizational_units": [workloads]}, "services": ["iam"]}
    taken = here.take_inventory(wanted)
    assert accounts_of(here, taken) == {"234567890123", "345678901234"}

    taken = here.take_inventory(wanted | {"accounts": {"organizational_units": [root]}})
    assert accounts_of(here, taken) == WHOLE_ORGANISATION


def test_excluded_accounts_are_left_alone(here: World) -> None:
    excluded = [ROLE_MISSING, SUSPENDED, KMS_DENIED, HUB]
    taken = here.take_inventory({"exclude_accounts": excluded, "services": ["iam"]})
    assert accounts_of(here, taken) == {"234567890123", "345678901234"}
    assert {account for _, account, _ in here.outcomes(taken.run_id)} == {
        "234567890123",
        "345678901234",
    }
    assert taken.summary["status"] == "COMPLETE"


def test_regions_narrow_what_is_collected(here: World) -> None:
    wanted = {"accounts": ["234567890123"], "regions": ["eu-west-1"]}
    taken = here.take_inventory(wanted)
    scopes = {name: {"eu-west-1" if REGIONAL[name] else "global"} for name in PLANTED_SERVICES}
    assert scopes_of(here, taken) == scopes
    assert {item["awsRegion"] for item in found_by(here, taken).values()} == {"global", "eu-west-1"}
    assert found_by(here, taken).keys() == here.expected(wanted).found.keys()


def test_a_region_that_is_not_enabled_is_named(here: World) -> None:
    regions = ["eu-west-1", NEVER_OPTED_IN]
    wanted = {"accounts": ["234567890123"], "regions": regions, "services": ["ec2"]}
    taken = here.take_inventory(wanted)
    assert here.outcomes(taken.run_id) == {
        ("ec2", "234567890123", "eu-west-1"): ("COMPLETE", None),
        ("ec2", "234567890123", NEVER_OPTED_IN): ("FAILED", "REGION_DISABLED"),
    }
    assert taken.summary["status"] == "PARTIAL"


def test_a_region_that_is_closed_for_good_is_no_gap_once_it_is_excluded(here: World) -> None:
    wanted = {"accounts": ["234567890123"]}
    where = {"account": "234567890123", "region": "eu-west-1"}
    with here.aws.faults.deny(scp=True, service="ec2", **where):
        closed = here.take_inventory(wanted)
        taken = here.take_inventory(wanted | {"exclude_regions": ["eu-west-1"]})
    assert here.outcomes(closed.run_id)["ec2", "234567890123", "eu-west-1"] == (
        "FAILED",
        "SCP_DENIED",
    )
    assert (taken.summary["status"], taken.summary["excludedRegions"]) == (
        "COMPLETE",
        ["eu-west-1"],
    )
    scopes = {name: {"us-east-1" if REGIONAL[name] else "global"} for name in PLANTED_SERVICES}
    assert scopes_of(here, taken) == scopes
    assert taken.totals["deleted"] == 0
    wanted |= {"exclude_regions": ["eu-west-1"]}
    assert found_by(here, taken).keys() == here.expected(wanted).found.keys()


def test_services_and_types_narrow_what_is_collected(here: World) -> None:
    """S3 has none of the types, so it is collected in full."""
    wanted = {"accounts": ["345678901234"], "services": ["s3", "ec2"], "types": [VOLUME]}
    before = here.inventory_rows()
    here.aws.calls.clear()
    taken = here.take_inventory(wanted)
    assert here.aws.calls.count(service="iam") == 0
    assert here.aws.calls.count(service="ec2", operation="DescribeInstances") == 0
    assert scopes_of(here, taken) == {"s3": {"global"}, "ec2": set(EVERYWHERE)}
    found = found_by(here, taken)
    assert found.keys() == here.expected(wanted).found.keys()
    assert {item["resourceType"] for item in found.values()} == {VOLUME, "AWS::S3::Bucket"}
    assert list(taken.summary["services"]) == ["ec2", "s3"]
    assert (taken.summary["status"], taken.summary["types"]) == ("COMPLETE", [VOLUME])
    others = {key: row for key, row in before.items() if key[0] not in found}
    assert here.inventory_rows().items() >= others.items()
    rows = here.scopes(taken.run_id).values()
    told = {(row["service"], row.get("isNarrowed")) for row in rows}
    assert told == {("s3", None), ("ec2", True)}
    page = here.object(f"runs/{taken.run_id}/report.html").decode()
    assert f"Narrowed to {VOLUME}." in page


def test_what_the_input_configures_takes_the_place_of_the_defaults(here: World) -> None:
    config = {
        "batch_size": 3,
        "large_batch_size": 7,
        "large_batch_threshold": 4,
        "batch_delay_ms": 0,
        "publish": "full",
        "allow_mass_deletion": True,
    }
    wanted = {"accounts": ["234567890123"], "services": ["iam"], "config": config}
    taken = here.take_inventory(wanted)
    topic = here.aws.stack.outputs["TopicArn"]
    assert here.run_row(taken.run_id)["config"] == config | {"sns_topic_arn": topic}
    publishing = taken.summary["services"]["iam"]["publishing"]
    assert publishing["messages"] > 4
    assert publishing["batches"] == -(-publishing["messages"] // 7)


def test_a_second_hub_collects_its_target_accounts_beside_the_first(here: World) -> None:
    role = {"ExternalId": "for-us/only"}
    given = {
        "TargetAccounts": "234567890123, 345678901234, 444455556666",
        "ExcludedAccounts": "444455556666",
        "ExcludedRegions": "eu-west-1",
        "InventoryScheduleInput": '{"services": ["iam", "kms"]}',
        **role,
    }
    second = Stack("second", HUB, here.aws.stack.region, given)
    template = load_template(TEMPLATE, second.region, given, here.aws._upload)
    deploy(template, second, here.aws.client)
    given = {"CollectorRoleArns": second.outputs["CollectorRoleArns"], **role}
    given["RoleName"] = second.outputs["CollectorRoleName"]
    template = load_template(MEMBER_TEMPLATE, second.region, given, str)
    for account in ("234567890123", "345678901234"):
        stack = Stack("second-role", account, second.region, given)
        deploy(template, stack, partial(here.aws.client, account=account))

    other = World(here.aws, here.planted, second)
    [schedule] = second.of_type("AWS::Scheduler::Schedule")
    told = here.aws.client("scheduler").get_schedule(Name=schedule.physical_id)["Target"]
    taken = other.take_inventory(json.loads(told["Input"]))
    wanted = {"accounts": ["234567890123", "345678901234"], "services": ["iam", "kms"]}
    wanted |= {"regions": ["us-east-1"]}
    assert accounts_of(other, taken) == set(wanted["accounts"])
    assert taken.summary["status"] == "COMPLETE"
    assert list(other.compare(wanted).lines()) == []
    assert taken.run_id not in {run_id for _, run_id in here.runs_rows()}
    assert here.take_inventory(wanted).summary["status"] == "COMPLETE"


# --- bad ----------------------------------------------------------------------------------------

BAD: dict[str, tuple[Any, str, str]] = {
    "a list": ([], "input", "a JSON object"),
    "a text": ("organization", "input", "a JSON object"),
    "an unknown field": ({"acounts": []}, "input", "'acounts' was unexpected"),
    "accounts of another form": ({"accounts": "all"}, "accounts", '"organization"'),
    "no accounts": ({"accounts": []}, "accounts", "a list of 12-digit account ids"),
    "a number for an account": ({"accounts": [123456789012]}, "accounts[0]", "12 digits"),
    "a short account": ({"accounts": [HUB, "12345"]}, "accounts[1]", "12 digits"),
    "units of another form": (
        {"accounts": {"organizational_units": ["Workloads"]}},
        "accounts.organizational_units[0]",
        "ou-...",
    ),
    "a short account to exclude": ({"exclude_accounts": ["1"]}, "exclude_accounts[0]", "12 digits"),
    "nothing left": (
        {"accounts": [HUB], "exclude_accounts": [HUB]},
        "exclude_accounts",
        "at least one",
    ),
    "a region of another form": ({"regions": ["Ireland"]}, "regions[0]", "as eu-west-1"),
    "a region that is none": ({"regions": ["eu-moon-7"]}, "regions[0]", "eu-west-1"),
    "no regions": ({"regions": []}, "regions", "a list of region names"),
    "a region of another form to exclude": (
        {"exclude_regions": ["Ireland"]},
        "exclude_regions[0]",
        "as eu-west-1",
    ),
    "a region to exclude that is none": (
        {"exclude_regions": ["eu-moon-7"]},
        "exclude_regions[0]",
        "eu-west-1",
    ),
    "no region left": (
        {"regions": ["eu-west-1"], "exclude_regions": ["eu-west-1"]},
        "exclude_regions",
        "at least one of `regions`",
    ),
    "an unknown service": ({"services": ["fax"]}, "services[0]", f"one of {', '.join(SERVICES)}"),
    "a type of another service": (
        {"services": ["kms"], "types": [VOLUME]},
        "types[0]",
        "types of kms",
    ),
    "an unknown setting": ({"config": {"bath_size": 1}}, "config", "batch_size"),
    "a batch of none": ({"config": {"batch_size": 0}}, "config.batch_size", "from 1 to 100"),
    "a batch of a text": ({"config": {"batch_size": "10"}}, "config.batch_size", "a whole number"),
    "a large batch that is smaller": (
        {"config": {"batch_size": 20, "large_batch_size": 10}},
        "config.large_batch_size",
        "batch_size or more",
    ),
    "a pause of an hour": (
        {"config": {"batch_delay_ms": 3_600_000}},
        "config.batch_delay_ms",
        "from 0 to 60,000",
    ),
    "another way to publish": (
        {"config": {"publish": "some"}},
        "config.publish",
        "full or changes",
    ),
    "a topic of another form": (
        {"config": {"sns_topic_arn": "my-topic"}},
        "config.sns_topic_arn",
        "the stack's own topic",
    ),
    "another topic": (
        {"config": {"sns_topic_arn": OTHER_TOPIC}},
        "config.sns_topic_arn",
        "is not this stack's topic",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_input_fails_at_once_with_one_message_that_names_the_field(
    here: World, name: str
) -> None:
    wanted, field, allowed = BAD[name]
    before = traces(here)
    here.aws.calls.clear()
    execution = here.aws.run(wanted)

    assert (execution.status, execution.error) == ("FAILED", "InvalidInputError")
    cause = execution.cause or ""
    assert cause.startswith(f"{field}: ")
    assert allowed in cause
    assert "Traceback" not in cause
    assert not cause.startswith("{")
    states = [event["type"] for event in here.aws.history(execution.arn)]
    assert "ParallelStateEntered" not in states
    assert traces(here) == before
    assert here.aws.calls.count(service="sns") == here.aws.calls.count(service="sts") == 0


def test_an_organisation_that_cannot_be_read_is_told_as_such(here: World) -> None:
    before = traces(here)
    with here.aws.faults.deny(service="organizations"):
        execution = here.aws.run({})
    assert (execution.status, execution.error) == ("FAILED", "OrganizationUnreadableError")
    assert (execution.cause or "").startswith("accounts: cannot read the organisation")
    assert "delegated administrator" in (execution.cause or "")
    assert traces(here) == before


def test_a_unit_that_does_not_exist_is_told_as_such(here: World) -> None:
    execution = here.aws.run({"accounts": {"organizational_units": [EMPTY_UNIT]}})
    assert (execution.status, execution.error) == ("FAILED", "InvalidInputError")
    assert f"{EMPTY_UNIT} is not a unit or root of the organisation" in (execution.cause or "")


def traces(here: World) -> tuple[dict[tuple[str, str], Row], list[str]]:
    """Return what a run leaves in the ledger and in the bucket."""
    return here.runs_rows(), here.keys()
