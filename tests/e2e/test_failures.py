"""What fails stays where it fails: everything else is collected, nothing is deleted, all heals."""

from collections.abc import Iterator
from http import HTTPStatus
from itertools import count
from typing import Any

import pytest

from local.gateway.call import Call
from local.simulation.population import REGIONS, Organisation
from tests.support.world import PLANTED_SERVICES, Row, ScopeKey, Taken, World, world

pytestmark = pytest.mark.faults

EVERYWHERE = REGIONS[:2]
STRUCK, SPARED = "234567890123", "345678901234"
ROLE_MISSING = "111122223333"
BOTH = [STRUCK, SPARED]
DAYS = count(1)


@pytest.fixture(scope="module")
def world_of_two() -> Iterator[World]:
    with world(Organisation(2, 24, EVERYWHERE, seed=41), time_scale=10) as made:
        made.take_inventory({"accounts": BOTH})
        yield made


@pytest.fixture
def here(world_of_two: World) -> World:
    """Return the world a day later: in both accounts some things came, changed and went."""
    world_of_two.planted.mutate(next(DAYS))
    return world_of_two


def wanted(*services: str) -> dict[str, Any]:
    return {"accounts": BOTH, "services": [*services]}


def row(here: World, taken: Taken, scope: ScopeKey) -> Row:
    found = here.scopes(taken.run_id)[scope]
    return {name: found.get(name) for name in ("outcome", "reason", "errorCode")}


def deleted_by(here: World, taken: Taken, account: str) -> list[str]:
    return [
        row["arn"]
        for (_, sk), row in here.inventory_rows().items()
        if sk == "current"
        and (row["runId"], row["accountId"], row["change"]) == (taken.run_id, account, "DELETED")
    ]


def assert_healed(here: World, *services: str) -> None:
    """Run again, without a fault: the table is the truth, and says so."""
    taken = here.take_inventory(wanted(*services))
    assert taken.summary["status"] == "COMPLETE"
    assert list(here.compare_services(wanted(*services)).lines()) == []


def assert_spared(here: World, taken: Taken, *services: str) -> None:
    """The other account was collected wholly, and the struck one lost nothing."""
    outcomes = here.outcomes(taken.run_id)
    spared = {scope: outcome for scope, outcome in outcomes.items() if scope[1] == SPARED}
    assert set(spared.values()) == {("COMPLETE", None)}
    assert (
        list(here.compare_services({"accounts": [SPARED], "services": [*services]}).lines()) == []
    )
    assert deleted_by(here, taken, STRUCK) == []


def entering(account: str) -> Any:
    """Match the AssumeRole by which a collector enters an account."""

    def matches(call: Call) -> bool:
        return f"::{account}:" in call.parameters["RoleArn"]

    return {"service": "sts", "operation": "AssumeRole", "where": matches}


def listing(account: str) -> Any:
    """Match the call by which IAM is listed."""
    return {"operation": "GetAccountAuthorizationDetails", "account": account}


def publishing_for(account: str) -> Any:
    """Match a PublishBatch that carries an account's items."""

    def matches(call: Call) -> bool:
        [first, *_] = call.parameters["PublishBatchRequestEntries"]
        return bool(first["MessageAttributes"]["accountId"]["StringValue"] == account)

    return {"service": "sns", "operation": "PublishBatch", "where": matches}


# --- collectors that die ------------------------------------------------------------------------


@pytest.mark.parametrize("moment", [entering, listing], ids=["entering", "listing"])
def test_a_collector_that_is_killed_is_recorded_by_the_state_machine(
    here: World, moment: Any
) -> None:
    with here.aws.faults.kill(**moment(STRUCK)) as killed:
        taken = here.take_inventory(wanted("iam"))

    assert killed.hits == 2  # it may have had bad luck once
    assert row(here, taken, ("iam", STRUCK, "global")) == {
        "outcome": "FAILED",
        "reason": "INTERNAL",
        "errorCode": "Runtime.ExitError",
    }
    failure = here.ledger(taken.run_id, "failure")["iam", STRUCK]
    assert "signal: 9" in failure["cause"]
    assert_spared(here, taken, "iam")
    assert_healed(here, "iam")


@pytest.mark.parametrize("after", [False, True], ids=["before it arrives", "after it arrived"])
def test_a_collector_that_is_killed_once_is_tried_again_and_publishes_nothing_twice(
    here: World, *, after: bool
) -> None:
    config = {"batch_size": 1, "batch_delay_ms": 0}
    with (
        here.watching_topic() as requests,
        here.aws.faults.kill(**publishing_for(STRUCK), skip=3, times=1, after=after) as killed,
        here.configured("ResultsProcessorFunction", {"SETTLE_TIMEOUT_SECONDS": "4"}),
    ):
        taken = here.take_inventory(wanted("iam") | {"config": config})

    assert killed.hits == 1
    assert here.ledger(taken.run_id, "failure") == {}
    assert set(here.outcomes(taken.run_id).values()) == {("COMPLETE", None)}
    arrived = [one for one in requests if one.status == HTTPStatus.OK]
    arns = [each.item["arn"] for one in arrived for each in one.publications]
    assert len(arns) == len(set(arns))
    lost = taken.totals["published"] - len(arns)
    assert taken.totals["difference"] == lost
    assert taken.summary["reconciled"] is (lost == 0)
    assert lost > 0 or after
    assert_healed(here, "iam")


def test_a_collector_that_takes_too_long_is_recorded_as_such(here: World) -> None:
    slow = {"service": "iam", "operation": "GetAccountAuthorizationDetails", "account": STRUCK}
    with here.configured("IamCollectorFunction", Timeout=2), here.aws.faults.delay(4, **slow):
        taken = here.take_inventory(wanted("iam"))

    assert row(here, taken, ("iam", STRUCK, "global"))["reason"] == "TIMEOUT"
    assert_spared(here, taken, "iam")
    assert_healed(here, "iam")


# --- what AWS refuses ---------------------------------------------------------------------------


def test_throttling_for_good_of_one_service_stays_there(here: World) -> None:
    with here.aws.faults.throttle(service="kms", account=STRUCK) as throttled:
        taken = here.take_inventory(wanted("kms", "iam"))

    assert throttled.hits >= len(EVERYWHERE) * 5  # each region's listing was tried five times
    for region in EVERYWHERE:
        assert row(here, taken, ("kms", STRUCK, region)) == {
            "outcome": "FAILED",
            "reason": "THROTTLED",
            "errorCode": "ThrottlingException",
        }
    assert row(here, taken, ("iam", STRUCK, "global"))["outcome"] == "COMPLETE"
    assert taken.summary["failures"] == {"THROTTLED": len(EVERYWHERE)}
    rows = here.inventory_rows().values()
    assert not [
        one
        for one in rows
        if one["runId"] == taken.run_id
        and one["change"] == "DELETED"
        and one["scope"].startswith(f"{STRUCK}/kms/")
    ]
    assert_healed(here, "kms", "iam")


def test_one_denied_region_costs_that_region_only(here: World) -> None:
    denied = {"service": "ec2", "account": STRUCK}
    with here.aws.faults.deny(scp=True, region="eu-west-1", **denied):
        taken = here.take_inventory(wanted("ec2"))

    assert row(here, taken, ("ec2", STRUCK, "eu-west-1")) == {
        "outcome": "FAILED",
        "reason": "SCP_DENIED",
        "errorCode": "UnauthorizedOperation",
    }
    assert row(here, taken, ("ec2", STRUCK, "us-east-1"))["outcome"] == "COMPLETE"
    coverage = here.coverage()["ec2", STRUCK, "eu-west-1"]
    assert coverage["lastReason"] == "SCP_DENIED"
    assert coverage["lastCompleteRunId"] < coverage["lastRunId"] == taken.run_id
    assert_healed(here, "ec2")


def test_one_denied_field_costs_that_field_only_and_keeps_its_last_value(here: World) -> None:
    before = here.inventory()
    with here.aws.faults.deny(service="s3", operation="GetBucketTagging", account=STRUCK):
        taken = here.take_inventory(wanted("s3"))

    assert set(here.outcomes(taken.run_id).values()) == {("COMPLETE", None)}
    buckets = [
        item
        for item in here.inventory().values()
        if item["accountId"] == STRUCK
        and item["runId"] == taken.run_id
        and item["change"] != "DELETED"
        and item["resourceType"] == "AWS::S3::Bucket"
    ]
    assert {item["unreadable"]["tags"] for item in buckets} == {"AccessDenied"}
    assert taken.totals["unreadable"] == len(buckets) > 0
    for item in buckets:
        if item["arn"] in before and before[item["arn"]]["change"] != "DELETED":
            assert item["tags"] == before[item["arn"]]["tags"]
    assert_healed(here, "s3")


def test_nothing_collected_at_all_is_a_failure_that_says_why(here: World) -> None:
    execution = here.run({"accounts": [ROLE_MISSING]})
    assert (execution.status, execution.error) == ("FAILED", "NothingCollected")
    assert f"0 of {len(PLANTED_SERVICES)} scopes complete" in (execution.cause or "")
    assert f"ROLE_DENIED {len(PLANTED_SERVICES)}" in (execution.cause or "")
    assert "summary.json" in (execution.cause or "")


# --- the hub's own topic and table --------------------------------------------------------------


def test_what_sns_refuses_is_published_by_the_next_run(here: World) -> None:
    before = here.inventory_rows()
    with here.aws.faults.deny(service="sns"):
        taken = here.take_inventory(wanted("iam"))

    for account in BOTH:
        found = here.scopes(taken.run_id)["iam", account, "global"]
        assert (found["outcome"], found["reason"]) == ("PARTIAL", "PUBLISH_FAILED")
        assert found["errorCode"] == "AuthorizationError"
        assert (found["published"], found["failed"]) == (0, found["items"] + found["deleted"])
    assert here.inventory_rows() == before
    publishing = taken.summary["services"]["iam"]["publishing"]
    assert len(publishing["failedMessages"]) == min(publishing["failed"], 50)
    assert_healed(here, "iam")


def test_a_table_that_cannot_be_read_is_told_and_nothing_is_taken_for_new(here: World) -> None:
    def of_struck(call: Call) -> bool:
        values = call.parameters.get("ExpressionAttributeValues", {})
        return bool(values.get(":scope", {}).get("S", "").startswith(f"{STRUCK}/"))

    with (
        here.watching_topic() as requests,
        here.aws.faults.deny(service="dynamodb", operation="Query", where=of_struck),
    ):
        taken = here.take_inventory(wanted("iam", "kms"))

    for scope, found in here.scopes(taken.run_id).items():
        if scope[1] == STRUCK:
            assert (found["outcome"], found["reason"]) == ("FAILED", "STORAGE_UNAVAILABLE")
            assert found["errorCode"] == "AccessDeniedException"
    sent = {each.attributes["accountId"] for one in requests for each in one.publications}
    assert sent == {SPARED}
    assert_spared(here, taken, "iam", "kms")
    assert_healed(here, "iam", "kms")
