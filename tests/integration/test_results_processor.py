"""The end of a run: no scope without a row, nothing in flight, and figures that add up."""

import json
from collections import Counter
from typing import Any

import pytest

from cidb2.errors import StorageRefusedError
from cidb2.ledger.partitions import run_partition
from cidb2.scope import EVERY_ACCOUNT
from cidb2.services import COLLECTOR_OF
from cidb2.times import iso, now
from tests.support.aws import HUB, MEMBER, OTHER_MEMBER, REGION, client
from tests.support.builders import RUN_ID
from tests.support.hub import ROLE_NAME, RUNS_TABLE, Hub, deployed, run_state
from tests.support.organization import Organization
from tests.support.wire import Wire

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("one_listing_each")]

IRELAND = "eu-west-1"
TALLY = (
    "items",
    "created",
    "changed",
    "unchanged",
    "deleted",
    "unreadable",
    "published",
    "failed",
    "healed",
    "apiCalls",
)
"""The figures that a scope's row, a service's and the run's totals have in common."""


def run_of(hub: Hub, *accounts: str, **changes: Any) -> dict[str, Any]:
    """Return a run whose list of accounts is where Initialize would have written it."""
    run = run_state(**changes)
    hub.keep_accounts(run, [*accounts])
    return run


def record_death(service: str, account: str, error: str, cause: str | None = None) -> None:
    """Write the row that the state machine writes for a collector that died."""
    caught = {"Error": error} | ({"Cause": cause} if cause is not None else {})
    row = {
        "pk": run_partition(RUN_ID, None if account == EVERY_ACCOUNT else account),
        "sk": f"failure#{COLLECTOR_OF[service]}#{account}",
        "collector": COLLECTOR_OF[service],
        "accountId": account,
        "error": error,
        "cause": json.dumps(caught),
        "failedAt": "2026-11-24T04:00:00.000Z",
    }
    client("dynamodb").put_item(
        TableName=RUNS_TABLE, Item={name: {"S": value} for name, value in row.items()}
    )


def reasons(hub: Hub) -> dict[str, str | None]:
    """Return the reason of every scope of the run, None where it is complete."""
    return {scope: row.get("reason") for scope, row in hub.scopes().items()}


def whole_summary(hub: Hub, output: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = hub.stored_object(output["summary"]["key"])
    return document


# --- every scope has its row ----------------------------------------------------------------------


def test_a_collector_that_died_before_it_began_gets_its_row_with_the_reason(hub: Hub) -> None:
    run = run_of(hub, MEMBER, services=["iam", "kms"], regions=None)
    cause = json.dumps({"errorType": "Runtime.ExitError", "errorMessage": "signal: killed"})
    record_death("iam", MEMBER, "Runtime.ExitError", cause)
    record_death("kms", MEMBER, "Sandbox.Timedout", '{"errorMessage": "Task timed out after 900"}')
    output = hub.process(run)
    rows = hub.scopes()
    assert reasons(hub) == {f"{MEMBER}/iam/global": "INTERNAL", f"{MEMBER}/kms/*": "TIMEOUT"}
    assert rows[f"{MEMBER}/iam/global"]["errorCode"] == "Runtime.ExitError"
    assert rows[f"{MEMBER}/iam/global"]["errorMessage"] == "signal: killed"
    assert output["failures"] == {"INTERNAL": 1, "TIMEOUT": 1}


@pytest.mark.parametrize(
    ("error", "cause", "reason"),
    [
        ("States.Timeout", None, "TIMEOUT"),
        ("States.TaskFailed", "Task timed out after 900.00 seconds", "TIMEOUT"),
        ("Lambda.TooManyRequestsException", "Rate Exceeded.", "THROTTLED"),
        ("Lambda.ServiceException", "", "SERVICE_ERROR"),
        ("StorageUnavailableError", '{"errorMessage": "table: gone"}', "STORAGE_UNAVAILABLE"),
        ("StorageRefusedError", '{"errorMessage": "table: no"}', "STORAGE_UNAVAILABLE"),
        ("KeyError", '{"errorMessage": "x"}', "INTERNAL"),
    ],
)
def test_what_the_state_machine_caught_becomes_a_reason(
    hub: Hub, error: str, cause: str | None, reason: str
) -> None:
    run = run_of(hub, MEMBER, services=["iam"])
    record_death("iam", MEMBER, error, cause)
    hub.process(run)
    assert reasons(hub) == {f"{MEMBER}/iam/global": reason}


def test_a_collector_that_died_in_the_middle_gets_rows_for_what_it_left_open(
    hub: Hub, wire: Wire
) -> None:
    run = run_of(hub, MEMBER, services=["ec2"], regions=[REGION, IRELAND])
    hub.collect("ec2", run=run_of(hub, MEMBER, services=["ec2"], regions=[REGION]))
    hub.ledger.plan(RUN_ID, "ec2", MEMBER, [REGION, IRELAND])
    record_death("ec2", MEMBER, "Runtime.ExitError", "killed")
    assert hub.process(run)["status"] == "PARTIAL"
    assert reasons(hub) == {f"{MEMBER}/ec2/{REGION}": None, f"{MEMBER}/ec2/{IRELAND}": "INTERNAL"}


def test_a_map_that_failed_gives_its_reason_to_every_account(hub: Hub) -> None:
    run = run_of(hub, MEMBER, OTHER_MEMBER, services=["s3", "iam"])
    for account in (MEMBER, OTHER_MEMBER):
        hub.collect("iam", account, run=run)
    record_death("s3", EVERY_ACCOUNT, "States.ItemReaderFailed", "accounts.json cannot be read")
    assert hub.process(run)["status"] == "PARTIAL"
    assert reasons(hub) == {
        f"{MEMBER}/iam/global": None,
        f"{OTHER_MEMBER}/iam/global": None,
        f"{MEMBER}/s3/global": "STORAGE_UNAVAILABLE",
        f"{OTHER_MEMBER}/s3/global": "STORAGE_UNAVAILABLE",
    }
    row = hub.scopes()[f"{OTHER_MEMBER}/s3/global"]
    assert (row["errorCode"], row["errorMessage"]) == (
        "States.ItemReaderFailed",
        "accounts.json cannot be read",
    )


def test_the_death_of_one_collector_is_told_from_that_of_all(hub: Hub) -> None:
    run = run_of(hub, MEMBER, OTHER_MEMBER, services=["iam"])
    record_death("iam", "*", "States.ItemReaderFailed")
    record_death("iam", MEMBER, "States.Timeout")
    hub.process(run)
    assert reasons(hub) == {
        f"{MEMBER}/iam/global": "TIMEOUT",
        f"{OTHER_MEMBER}/iam/global": "STORAGE_UNAVAILABLE",
    }


def test_an_account_of_which_there_is_no_trace_gets_its_rows(hub: Hub) -> None:
    run = run_of(hub, MEMBER, services=["ec2", "s3"], regions=[REGION, IRELAND])
    hub.process(run)
    rows = hub.scopes()
    assert {*rows} == {
        f"{MEMBER}/ec2/{REGION}",
        f"{MEMBER}/ec2/{IRELAND}",
        f"{MEMBER}/s3/global",
    }
    assert {row["reason"] for row in rows.values()} == {"INTERNAL"}
    assert "neither an outcome nor an error" in rows[f"{MEMBER}/s3/global"]["errorMessage"]


def test_rows_of_known_regions_are_owed_where_a_run_names_none(hub: Hub) -> None:
    hub.collect("ec2", run=run_state("20261123T034830Z-1a2b3c4s1", regions=[REGION, IRELAND]))
    hub.process(run_of(hub, MEMBER, services=["ec2"], regions=None))
    assert {*hub.scopes()} == {f"{MEMBER}/ec2/{REGION}", f"{MEMBER}/ec2/{IRELAND}"}


def test_a_service_that_was_not_asked_for_owes_nothing(hub: Hub) -> None:
    hub.process(run_of(hub, MEMBER, services=["iam"]))
    assert {*hub.scopes()} == {f"{MEMBER}/iam/global"}


def test_what_a_death_leaves_open_does_not_touch_when_a_scope_was_last_complete(hub: Hub) -> None:
    first = run_state("20261123T034830Z-1a2b3c4s1", services=["iam"])
    hub.collect("iam", run=first)
    run = run_of(hub, MEMBER, services=["iam"])
    record_death("iam", MEMBER, "Runtime.ExitError")
    hub.process(run)
    [coverage] = hub.ledger.coverage(MEMBER)
    assert coverage["lastCompleteRunId"] == first["runId"]
    assert (coverage["lastRunId"], coverage["lastOutcome"]) == (RUN_ID, "FAILED")


# --- nothing in flight ----------------------------------------------------------------------------


def test_a_run_settles_until_what_was_published_is_stored(hub: Hub) -> None:
    client("iam", MEMBER).create_group(GroupName="operators")
    run = run_of(hub, MEMBER, services=["iam"])
    hub.collect("iam", run=run)
    answer = hub.process(run)
    waits = []
    for _ in range(6):
        assert answer["status"] == "SETTLING"
        waits.append(answer["settlement"]["waitSeconds"])
        answer = hub.process(run, answer["settlement"])
    assert waits == [1, 2, 4, 8, 16, 32]
    hub.deliver()
    output = hub.process(run, answer["settlement"])
    assert output["status"] == "COMPLETE"
    assert output["reconciled"] is True
    assert (output["totals"]["published"], output["totals"]["stored"]) == (1, 1)


def test_a_run_without_messages_ends_at_once(hub: Hub) -> None:
    run = run_of(hub, MEMBER, services=["iam"])
    hub.collect("iam", run=run)
    assert hub.process(run)["status"] == "COMPLETE"


def test_what_is_still_missing_after_the_time_allowed_is_named_by_service() -> None:
    with deployed(SettleTimeoutSeconds="0") as hub:
        iam = client("iam", MEMBER)
        for name in ("a", "b"):
            iam.create_group(GroupName=name)
        client("kms", MEMBER).create_key()
        run = run_of(hub, MEMBER, services=["iam", "kms"])
        hub.collect("iam", run=run)
        hub.messages()  # and nobody stores them
        hub.collect("kms", run=run)
        hub.deliver()
        output = hub.process(run)
    assert output["status"] == "COMPLETE"
    assert output["reconciled"] is False
    assert (output["totals"]["difference"], output["totals"]["stored"]) == (2, 1)
    by_service = {name: each["difference"] for name, each in output["services"].items()}
    assert by_service == {"iam": 2, "kms": 0}
    assert output["services"]["kms"]["reconciled"] is True


def test_what_a_newer_run_superseded_is_accounted_for(hub: Hub) -> None:
    client("iam", MEMBER).create_group(GroupName="operators")
    newer = run_state("20261125T034830Z-1a2b3c4s1")
    run = run_of(hub, MEMBER, services=["iam"])
    hub.collect("iam", run=run)
    late = hub.messages()
    hub.collect("iam", run=newer)
    hub.deliver()
    hub.report(late)
    output = hub.process(run)
    assert (output["totals"]["superseded"], output["totals"]["stored"]) == (1, 0)
    assert output["reconciled"] is True


def test_a_message_that_was_given_up_ends_the_waiting_and_is_no_success(
    hub: Hub, wire: Wire
) -> None:
    client("iam", MEMBER).create_group(GroupName="operators")
    run = run_of(hub, MEMBER, services=["iam"])
    hub.collect("iam", run=run)
    [record] = hub.messages()
    record["attributes"]["ApproximateReceiveCount"] = "5"
    wire.refuses("PutItem", "ValidationException")
    assert hub.report([record]) == [record["messageId"]]
    output = hub.process(run)
    assert (output["totals"]["deadLettered"], output["totals"]["difference"]) == (1, 0)
    assert output["reconciled"] is False


# --- the summary ----------------------------------------------------------------------------------


@pytest.fixture
def ended(hub: Hub, wire: Wire) -> dict[str, Any]:
    """Return the output of a run of two accounts in which much happened."""
    for account in (MEMBER, OTHER_MEMBER):
        for name in ("a", "b"):
            client("iam", account).create_group(GroupName=name)
        client("kms", account).create_key()
        client("s3", account).create_bucket(Bucket=f"bucket-of-{account}")
        client("ec2", account, IRELAND).run_instances(ImageId="ami-1", MinCount=3, MaxCount=3)
    services = ("iam", "kms", "ec2", "s3")
    run = run_of(hub, MEMBER, OTHER_MEMBER, regions=[REGION, IRELAND], services=[*services])
    wire.refuses("GetKeyPolicy", "AccessDeniedException")
    wire.refuses("DescribeInstances", "UnauthorizedOperation", region=IRELAND, account=MEMBER)
    for service in services:
        for account in (MEMBER, OTHER_MEMBER):
            if (service, account) != ("s3", MEMBER):
                hub.collect(service, account, run=run)
    record_death("s3", MEMBER, "Runtime.ExitError", "killed")
    hub.deliver()
    return hub.process(run)


def test_the_totals_are_the_sum_of_the_services_and_of_the_scopes(
    hub: Hub, ended: dict[str, Any]
) -> None:
    summary = whole_summary(hub, ended)
    for parts in (
        summary["services"].values(),
        summary["byAccount"].values(),
        summary["scopes"],
    ):
        for name in TALLY:
            assert sum(part[name] for part in parts) == summary["totals"][name], name
    for name in ("stored", "superseded", "duplicate", "deadLettered", "difference"):
        sums = sum(each[name] for each in summary["services"].values())
        assert sums == summary["totals"][name]
    outcomes = Counter(row["outcome"] for row in summary["scopes"])
    assert summary["totals"]["scopes"] == {
        name: outcomes[name] for name in ("COMPLETE", "PARTIAL", "FAILED")
    }
    for service, figures in summary["services"].items():
        own = Counter(row["outcome"] for row in summary["scopes"] if row["service"] == service)
        assert figures["scopes"] == {name: own[name] for name in figures["scopes"]}


def test_the_summary_says_what_happened(hub: Hub, ended: dict[str, Any]) -> None:
    summary = whole_summary(hub, ended)
    totals = summary["totals"]
    assert summary["status"] == "PARTIAL"
    assert totals["scopes"] == {"COMPLETE": 10, "PARTIAL": 0, "FAILED": 2}
    assert summary["failures"] == {"ACCESS_DENIED": 1, "INTERNAL": 1}
    failed = [row for row in summary["scopes"] if row["outcome"] == "FAILED"]
    assert {(row["service"], row["awsRegion"]) for row in failed} == {
        ("ec2", IRELAND),
        ("s3", "global"),
    }
    assert not {"pk", "sk", "expiresAt"} & failed[0].keys()
    groups, keys, instances, buckets = 4, 2, 3, 1
    assert totals["items"] == totals["created"] == groups + keys + instances + buckets
    assert totals["published"] == totals["stored"] == totals["items"]
    assert (totals["unreadable"], totals["failed"], totals["deleted"]) == (2, 0, 0)
    assert summary["reconciled"] is True
    assert summary["services"]["iam"]["publishing"]["messages"] == groups
    assert {*summary["byAccount"]} == {MEMBER, OTHER_MEMBER}


def test_the_output_is_small_and_says_where_the_rest_is(hub: Hub, ended: dict[str, Any]) -> None:
    summary = whole_summary(hub, ended)
    assert ended["summary"]["key"] == f"runs/{RUN_ID}/summary.json"
    assert {*summary} - {*ended} == {"byAccount", "scopes"}
    assert ended["totals"] == summary["totals"]
    assert ended["message"].startswith("10 of 12 scopes complete; not complete: ")
    assert ended["summary"]["key"] in ended["message"]
    assert "failedMessages" not in json.dumps(ended)
    assert len(json.dumps(ended)) < 8_000


def test_the_runs_own_row_has_the_outcome(hub: Hub) -> None:
    given = {"accounts": [MEMBER], "services": ["iam"]}
    run = hub.initialize(given, started_at=iso(now()))
    hub.collect("iam", run=run)
    output = hub.process(run)
    [row] = [row for row in hub.runs() if row["pk"] == "runs"]
    assert row["status"] == "COMPLETE"
    assert row["input"]
    assert {name: row[name] for name in ("totals", "summary", "finishedAt")} == {
        name: output[name] for name in ("totals", "summary", "finishedAt")
    }


@pytest.mark.parametrize(
    ("denied", "status"), [([], "COMPLETE"), ([MEMBER], "PARTIAL"), ([MEMBER, HUB], "FAILED")]
)
def test_a_run_is_judged_by_its_scopes(
    hub: Hub, wire: Wire, denied: list[str], status: str
) -> None:
    run = run_of(hub, MEMBER, HUB, services=["iam"])
    for account in denied:
        role = f"arn:aws:iam::{account}:role/{ROLE_NAME}"
        wire.refuses("AssumeRole", "AccessDenied", RoleArn=role)
    for account in (MEMBER, HUB):
        hub.collect("iam", account, run=run)
    assert hub.process(run)["status"] == status


def test_a_suspended_account_does_not_make_a_run_partial(hub: Hub) -> None:
    organization = Organization()
    organization.suspend(organization.add_account(MEMBER))
    run = hub.initialize({"services": ["iam"]}, started_at=iso(now()))
    hub.collect("iam", HUB, run=run)
    hub.deliver()
    output = hub.process(run)
    assert output["status"] == "COMPLETE"
    assert output["failures"] == {"ACCOUNT_SUSPENDED": 1}
    assert output["accounts"] == 1


def test_a_list_of_accounts_that_is_gone_fails_with_its_own_error(hub: Hub) -> None:
    with pytest.raises(StorageRefusedError, match="NoSuchKey"):
        hub.process(run_state())
