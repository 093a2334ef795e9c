"""Every scope has its row, and its coverage says when it was last complete and why not since."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cidb2.errors import StorageRefusedError
from cidb2.ledger.partitions import run_partition
from cidb2.ledger.scope_record import ScopeRecord
from cidb2.ledger.tally import Tally
from cidb2.ledger.writer import Ledger
from cidb2.reasons import Failure, Reason
from cidb2.scope import GLOBAL, Outcome, Scope
from tests.support.builders import ACCOUNT, EARLIER_RUN_ID, RUN_ID, SCOPE, a_failure, a_run
from tests.support.clock import Clock
from tests.support.fakes import MemoryTable

START = datetime(2026, 11, 24, 3, 48, 30, tzinfo=UTC)
DENIED = Failure(Reason.ACCESS_DENIED, "AccessDenied", "no", retryable=False)
RETENTION_DAYS = 400


@pytest.fixture
def table() -> MemoryTable:
    return MemoryTable()


@pytest.fixture
def ledger(table: MemoryTable) -> Ledger:
    return Ledger(table, RETENTION_DAYS)


def a_record(
    outcome: Outcome = Outcome.COMPLETE,
    failure: Failure | None = None,
    *,
    scope: Scope = SCOPE,
    seconds: int = 5,
    tally: Tally | None = None,
) -> ScopeRecord:
    finished = START + timedelta(seconds=seconds)
    return ScopeRecord(scope, outcome, failure, tally or Tally(), START, finished)


def coverage(ledger: Ledger) -> dict[str, Any]:
    [row] = ledger.coverage(ACCOUNT)
    return row


def test_a_scope_says_outcome_reason_and_figures(ledger: Ledger) -> None:
    tally = Tally(items=3, published=3, apiCalls=7, seconds=1.5)
    ledger.record(RUN_ID, [a_record(Outcome.PARTIAL, DENIED, tally=tally)])
    [row] = ledger.scopes(RUN_ID)
    assert row == {
        "runId": RUN_ID,
        "service": "kms",
        "accountId": ACCOUNT,
        "awsRegion": "eu-west-1",
        "outcome": "PARTIAL",
        "reason": "ACCESS_DENIED",
        "errorCode": "AccessDenied",
        "errorMessage": "no",
        **tally.to_document(),
        "startedAt": "2026-11-24T03:48:30Z",
        "finishedAt": "2026-11-24T03:48:35Z",
    }


def test_a_complete_scope_has_no_reason(ledger: Ledger) -> None:
    ledger.record(RUN_ID, [a_record()])
    [row] = ledger.scopes(RUN_ID)
    assert not {"reason", "errorCode", "errorMessage"} & row.keys()


def test_long_words_of_aws_are_cut_to_1_000_characters(ledger: Ledger) -> None:
    failure = Failure(Reason.INTERNAL, "X", "y" * 1_001, retryable=False)
    ledger.record(RUN_ID, [a_record(Outcome.FAILED, failure)])
    [row] = ledger.scopes(RUN_ID)
    assert row["errorMessage"] == "y" * 1_000


def test_coverage_says_when_a_scope_was_complete(ledger: Ledger) -> None:
    ledger.record(RUN_ID, [a_record()])
    assert coverage(ledger) == {
        "service": "kms",
        "accountId": ACCOUNT,
        "awsRegion": "eu-west-1",
        "lastRunId": RUN_ID,
        "lastAttemptAt": "2026-11-24T03:48:35Z",
        "lastOutcome": "COMPLETE",
        "lastCompleteAt": "2026-11-24T03:48:35Z",
        "lastCompleteRunId": RUN_ID,
        "lastCompleteStartedAt": "2026-11-24T03:48:30Z",
    }


@pytest.mark.parametrize("outcome", [Outcome.PARTIAL, Outcome.FAILED])
def test_a_failure_keeps_when_the_scope_was_last_complete_and_says_why_not_since(
    ledger: Ledger, outcome: Outcome
) -> None:
    ledger.record(EARLIER_RUN_ID, [a_record()])
    ledger.record(RUN_ID, [a_record(outcome, DENIED, seconds=60)])
    row = coverage(ledger)
    assert row["lastCompleteAt"] == "2026-11-24T03:48:35Z"
    assert row["lastCompleteRunId"] == EARLIER_RUN_ID
    assert row["lastAttemptAt"] == "2026-11-24T03:49:30Z"
    assert row["lastRunId"] == RUN_ID
    assert row["lastOutcome"] == outcome
    assert row["lastReason"] == "ACCESS_DENIED"
    assert row["lastErrorCode"] == "AccessDenied"
    assert row["lastErrorMessage"] == "no"


def test_a_scope_that_was_never_complete_is_older_than_any_that_was(ledger: Ledger) -> None:
    ledger.record(RUN_ID, [a_record(Outcome.FAILED, DENIED)])
    assert coverage(ledger)["lastCompleteAt"] < "2000"


def test_once_complete_again_yesterdays_reason_is_gone(ledger: Ledger) -> None:
    ledger.record(EARLIER_RUN_ID, [a_record(Outcome.FAILED, DENIED)])
    ledger.record(RUN_ID, [a_record()])
    assert not {"lastReason", "lastErrorCode", "lastErrorMessage"} & coverage(ledger).keys()


def test_scopes_of_one_service_in_one_account_share_a_row(
    ledger: Ledger, table: MemoryTable
) -> None:
    places = [("kms", "eu-west-1"), ("kms", "us-east-1"), ("iam", GLOBAL)]
    ledger.record(RUN_ID, (a_record(scope=Scope(ACCOUNT, *place)) for place in places))
    rows = table.beginning("scope#")
    assert [row["service"] for row in rows] == ["iam", "kms"]
    assert {row["pk"] for row in rows} == {run_partition(RUN_ID, ACCOUNT)}
    found = [(row["service"], row["awsRegion"]) for row in ledger.scopes(RUN_ID)]
    assert found == sorted(places)


def test_of_several_attempts_the_best_outcome_counts_whichever_came_last(ledger: Ledger) -> None:
    ledger.record(RUN_ID, [a_record(seconds=5)])
    ledger.record(RUN_ID, [a_record(Outcome.FAILED, DENIED, seconds=60)])
    [row] = ledger.scopes(RUN_ID)
    assert row["outcome"] == "COMPLETE"
    assert ledger.recorded_regions(RUN_ID, ACCOUNT, "kms") == {"eu-west-1"}


def test_many_scopes_are_recorded_together(ledger: Ledger) -> None:
    regions = [f"region-{number}" for number in range(30)]
    records = [
        a_record(
            Outcome.COMPLETE if number % 2 else Outcome.FAILED,
            None if number % 2 else DENIED,
            scope=Scope(ACCOUNT, "ec2", region),
        )
        for number, region in enumerate(regions)
    ]
    ledger.record(RUN_ID, records)
    assert {row["awsRegion"] for row in ledger.scopes(RUN_ID)} == set(regions)
    outcomes = {row["awsRegion"]: row["lastOutcome"] for row in ledger.coverage(ACCOUNT)}
    assert outcomes == {record.scope.region: record.outcome for record in records}


def test_a_collection_keeps_its_plan_and_what_publishing_came_to(ledger: Ledger) -> None:
    ledger.plan(RUN_ID, "kms", ACCOUNT, ["eu-west-1", "us-east-1"])
    ledger.add_publishing(RUN_ID, "kms", ACCOUNT, {"messages": 3})
    [row] = ledger.rows(RUN_ID, "collection")
    assert row["regions"] == ["eu-west-1", "us-east-1"]
    assert row["publishing"] == {"messages": 3}
    assert (row["service"], row["accountId"]) == ("kms", ACCOUNT)
    assert row["sk"] == f"collection#kms#{ACCOUNT}"


def test_a_collection_that_published_nothing_has_no_figures_unless_it_was_repeated(
    ledger: Ledger,
) -> None:
    ledger.add_publishing(RUN_ID, "kms", ACCOUNT, {"messages": 0})
    assert [*ledger.rows(RUN_ID, "collection")] == []
    ledger.add_publishing(RUN_ID, "kms", ACCOUNT, {"messages": 0}, is_repeated=True)
    [row] = ledger.rows(RUN_ID, "collection")
    assert row["isRepeated"] is True


def test_a_runs_own_row_is_opened_and_closed(table: MemoryTable, ledger: Ledger) -> None:
    ledger.open_run(RUN_ID, {"status": "RUNNING", "accounts": 2})
    ledger.close_run(RUN_ID, {"status": "COMPLETE"})
    [row] = table.rows.values()
    assert (row["pk"], row["sk"], row["runId"]) == ("runs", RUN_ID, RUN_ID)
    assert (row["status"], row["accounts"]) == ("COMPLETE", 2)
    assert "expiresAt" in row


def test_a_batch_that_is_counted_again_counts_once(ledger: Ledger) -> None:
    counts = {(RUN_ID, "kms"): {"stored": 3}, (RUN_ID, "ec2"): {"stored": 1, "duplicate": 2}}
    ledger.add_stored("batch-1", counts)
    ledger.add_stored("batch-1", counts)
    ledger.add_stored("batch-2", {(RUN_ID, "kms"): {"stored": 5}})
    rows = list(ledger.rows(RUN_ID, "stored"))
    assert sorted((row["service"], row["stored"]) for row in rows) == [
        ("ec2", 1),
        ("kms", 3),
        ("kms", 5),
    ]
    assert all("expiresAt" in row for row in rows)


def test_rows_of_other_runs_and_kinds_are_not_mixed_in(ledger: Ledger) -> None:
    ledger.record(EARLIER_RUN_ID, [a_record()])
    ledger.plan(RUN_ID, "kms", ACCOUNT, [])
    assert list(ledger.scopes(RUN_ID)) == []


@pytest.mark.parametrize(
    ("service", "wanted", "owed"),
    [
        ("kms", None, ("*",)),
        ("kms", ("eu-west-1",), ("eu-west-1",)),
        ("iam", None, (GLOBAL,)),
        ("s3", ("eu-west-1",), (GLOBAL,)),
    ],
)
def test_an_account_that_was_never_entered_owes_the_regions_that_the_run_wants(
    ledger: Ledger, service: str, wanted: tuple[str, ...] | None, owed: tuple[str, ...]
) -> None:
    assert tuple(ledger.owed_regions(a_run(regions=wanted), ACCOUNT, service)) == owed


def test_an_account_that_was_entered_before_owes_the_regions_of_that_time(ledger: Ledger) -> None:
    for region in ("us-east-1", "eu-west-1"):
        ledger.record(EARLIER_RUN_ID, [a_record(scope=Scope(ACCOUNT, "kms", region))])
    ledger.record(EARLIER_RUN_ID, [a_record(scope=Scope(ACCOUNT, "ec2", "eu-west-2"))])
    assert ledger.owed_regions(a_run(), ACCOUNT, "kms") == ["eu-west-1", "us-east-1"]


def test_regions_that_the_run_excludes_are_not_owed(ledger: Ledger) -> None:
    for region in ("us-east-1", "eu-west-1"):
        ledger.record(EARLIER_RUN_ID, [a_record(scope=Scope(ACCOUNT, "kms", region))])
    without = a_run(excluded_regions=("us-east-1",))
    assert ledger.owed_regions(without, ACCOUNT, "kms") == ["eu-west-1"]
    without = a_run(excluded_regions=("us-east-1", "eu-west-1"))
    assert ledger.owed_regions(without, ACCOUNT, "kms") == ["*"]


def test_the_coverage_of_all_regions_goes_once_they_are_known(ledger: Ledger) -> None:
    everywhere, somewhere = (Scope(ACCOUNT, "kms", region) for region in ("*", "eu-west-1"))
    ledger.record(RUN_ID, [a_record(Outcome.FAILED, DENIED, scope=everywhere)])
    ledger.record(RUN_ID, [a_record(scope=somewhere)])
    assert [row["awsRegion"] for row in ledger.coverage(ACCOUNT)] == ["eu-west-1"]
    assert ledger.owed_regions(a_run(), ACCOUNT, "kms") == ["eu-west-1"]


def test_a_denial_in_one_region_tells_nothing_of_the_others(ledger: Ledger) -> None:
    for region in ("*", "eu-west-1"):
        scope = Scope(ACCOUNT, "kms", region)
        ledger.record(RUN_ID, [a_record(Outcome.FAILED, DENIED, scope=scope)])
    assert [row["awsRegion"] for row in ledger.coverage(ACCOUNT)] == ["*", "eu-west-1"]
    assert ledger.owed_regions(a_run(), ACCOUNT, "kms") == ["*", "eu-west-1"]


def test_a_table_that_refuses_is_an_error(table: MemoryTable, ledger: Ledger) -> None:
    table.refusal = StorageRefusedError("runs-table: no")
    with pytest.raises(StorageRefusedError):
        ledger.record(RUN_ID, [a_record(Outcome.FAILED, a_failure())])


def test_whatever_is_written_of_a_run_expires_and_coverage_never(
    ledger: Ledger, table: MemoryTable, clock: Clock
) -> None:
    ledger.open_run(RUN_ID, {"status": "RUNNING"})
    ledger.plan(RUN_ID, "kms", ACCOUNT, ["eu-west-1"])
    ledger.add_publishing(RUN_ID, "iam", ACCOUNT, {"messages": 1})
    ledger.record(RUN_ID, [a_record()])
    ledger.add_stored("batch", {(RUN_ID, "kms"): {"stored": 1}})
    ledger.add_usage(RUN_ID, "kms_collector", "invocation", {})
    expiries = {key: row.get("expiresAt") for key, row in table.rows.items()}
    coverages = {key for key in expiries if key[1].startswith("covered#")}
    assert len(expiries) == 7
    assert [expiries.pop(key) for key in coverages] == [None]
    assert {*expiries.values()} == {(clock.moment + timedelta(days=RETENTION_DAYS)).timestamp()}
