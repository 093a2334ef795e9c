"""A run's metrics: what there is of each is told, nothing where there is nothing to tell."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from cidb2.ledger.scope_record import ListingRecord, ScopeRecord
from cidb2.ledger.tally import Tally
from cidb2.ledger.writer import Ledger
from cidb2.reasons import Failure, Reason
from cidb2.run import Run
from cidb2.scope import Outcome, Scope
from cidb2.times import iso, parse
from cidb2.types.selection import selected_listings
from functions.results_processor.coverage import Coverage
from functions.results_processor.measures import measure_run, not_reconciled
from functions.results_processor.reconciliation import Stored
from functions.results_processor.sinks import pour
from functions.results_processor.summary import summarise
from functions.results_processor.totals import Totals
from tests.support.builders import ACCOUNT, EARLIER_RUN_ID, RUN_ID, a_failure, a_run
from tests.support.fakes import MemoryTable
from tests.support.metrics import Metric, measured, metric

RUN = a_run(services=("kms", "iam"))
MOMENT = parse("2026-11-24T12:00:00Z")
OTHER = "345678901234"


def told(name: str, **dimensions: str) -> Metric:
    return metric(name, Environment="cidb2-test", **dimensions)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger(MemoryTable(), 400)


def ended(
    ledger: Ledger,
    outcome: Outcome,
    failure: Failure | None = None,
    *,
    hours_ago: float = 0,
    run_id: str = RUN_ID,
    region: str = "eu-west-1",
    account: str = ACCOUNT,
    tally: Tally | None = None,
    is_narrowed: bool = False,
) -> None:
    """Record the end of a scope."""
    moment = MOMENT - timedelta(hours=hours_ago)
    scope = Scope(account, "iam" if region == "global" else "kms", region)
    record = ScopeRecord(scope, outcome, failure, tally or Tally(), moment, moment, is_narrowed)
    ledger.record(run_id, [record])


def summary_of(ledger: Ledger, stored: dict[str, Stored], at: datetime = MOMENT) -> dict[str, Any]:
    totals = Totals()
    pour(ledger.scopes(RUN_ID), totals)
    summary = summarise(RUN, totals, [], stored, at)
    return summary | {"cost": {"total": 0.0042}}


def test_items_scopes_and_calls_are_told_by_service_and_by_what_became_of_them(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    tally = Tally(created=3, changed=1, unchanged=7, deleted=2, apiCalls=9)
    ended(ledger, Outcome.COMPLETE, tally=tally)
    ended(ledger, Outcome.PARTIAL, a_failure(Reason.THROTTLED), region="us-east-1")
    ended(ledger, Outcome.FAILED, a_failure(Reason.ROLE_DENIED), region="global")
    measure_run(summary_of(ledger, {}), age(ledger))
    values = measured(capsys.readouterr().out)
    changes = {"CREATED": 3.0, "CHANGED": 1.0, "UNCHANGED": 7.0, "DELETED": 2.0}
    for change, count in changes.items():
        assert values[told("Items", Service="kms", Change=change)] == [count]
        assert values[told("Items", Service="iam", Change=change)] == [0.0]
    for service, outcomes in {"kms": (1.0, 1.0, 0.0), "iam": (0.0, 0.0, 1.0)}.items():
        for outcome, count in zip(Outcome, outcomes, strict=True):
            assert values[told("Scopes", Service=service, Outcome=outcome)] == [count]
    for reason in Reason:
        expected = float(reason in (Reason.THROTTLED, Reason.ROLE_DENIED))
        assert values[told("Scopes", Reason=reason)] == [expected]
    assert values[told("ApiCalls", Service="kms")] == [9.0]
    assert values[told("ScopesNotComplete")] == [2.0]


def test_what_the_run_is_said_to_cost_is_measured(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    ended(ledger, Outcome.COMPLETE)
    measure_run(summary_of(ledger, {}), age(ledger))
    assert measured(capsys.readouterr().out)[told("EstimatedCostUsd")] == [0.0042]


def test_a_suspended_account_is_counted_by_its_reason_and_pages_nobody(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    ended(ledger, Outcome.FAILED, a_failure(Reason.ACCOUNT_SUSPENDED), hours_ago=900)
    ended(ledger, Outcome.COMPLETE, region="global")
    measure_run(summary_of(ledger, {}), age(ledger))
    values = measured(capsys.readouterr().out)
    assert values[told("Scopes", Reason=Reason.ACCOUNT_SUSPENDED)] == [1.0]
    assert values[told("ScopesNotComplete")] == [0.0]
    assert values[told("CoverageAgeHours")] == [0.0]


@pytest.mark.parametrize(
    ("reason", "held"), [(Reason.SUSPECT_MASS_DELETION, 1.0), (Reason.THROTTLED, 0.0)]
)
def test_deletions_that_were_held_back_have_a_metric_of_their_own(
    ledger: Ledger, capsys: pytest.CaptureFixture[str], reason: Reason, held: float
) -> None:
    ended(ledger, Outcome.PARTIAL, a_failure(reason))
    measure_run(summary_of(ledger, {}), age(ledger))
    assert measured(capsys.readouterr().out)[told("MassDeletionsHeld")] == [held]


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ({"kms": Stored(published=3, stored=3)}, 0),
        ({"kms": Stored(published=3, stored=1)}, 2),
        ({"kms": Stored(published=3, stored=4)}, 1),
        ({"kms": Stored(published=3, stored=2, deadLettered=1)}, 1),
        ({"kms": Stored(published=3, stored=2), "iam": Stored(published=3, stored=4)}, 2),
    ],
    ids=["all stored", "two missing", "one twice", "one given up", "no setting off"],
)
def test_not_reconciled_is_zero_only_where_the_run_is_reconciled(
    ledger: Ledger, stored: dict[str, Stored], expected: int
) -> None:
    ended(ledger, Outcome.COMPLETE)
    summary = summary_of(ledger, stored)
    assert not_reconciled(summary["services"].values()) == expected
    assert summary["reconciled"] == (expected == 0)


def age(ledger: Ledger, run: Run = RUN) -> float:
    coverage = Coverage(run)
    pour(ledger.scopes(RUN_ID), coverage)
    return coverage.age_hours(ledger, MOMENT)


def test_coverage_is_as_old_as_the_scope_that_was_not_complete_for_longest(ledger: Ledger) -> None:
    ended(ledger, Outcome.COMPLETE, hours_ago=72, run_id=EARLIER_RUN_ID)
    ended(ledger, Outcome.COMPLETE, hours_ago=30, run_id=EARLIER_RUN_ID, account=OTHER)
    ended(ledger, Outcome.FAILED, a_failure(), account=OTHER)
    ended(ledger, Outcome.PARTIAL, a_failure())
    ended(ledger, Outcome.COMPLETE, region="global", hours_ago=1)
    assert age(ledger) == 72


def test_a_scope_that_is_complete_again_is_as_old_as_its_end(ledger: Ledger) -> None:
    ended(ledger, Outcome.FAILED, a_failure(), hours_ago=72, run_id=EARLIER_RUN_ID)
    ended(ledger, Outcome.COMPLETE, hours_ago=0.5)
    assert age(ledger) == 0.5


def test_a_scope_that_never_was_complete_counts_from_its_first_attempt(ledger: Ledger) -> None:
    for hours_ago in (50, 25):
        ended(ledger, Outcome.FAILED, a_failure(), hours_ago=hours_ago, run_id=EARLIER_RUN_ID)
    ended(ledger, Outcome.FAILED, a_failure())
    assert age(ledger) == 50


def test_a_scope_that_the_run_left_out_does_not_count(ledger: Ledger) -> None:
    ended(ledger, Outcome.COMPLETE, hours_ago=900, region="us-east-1", run_id=EARLIER_RUN_ID)
    ended(ledger, Outcome.FAILED, a_failure())
    assert age(ledger) == 0


def test_a_run_without_scopes_has_no_age(ledger: Ledger) -> None:
    assert age(ledger) == 0


def test_what_never_was_complete_is_told_from_its_first_miss(ledger: Ledger) -> None:
    ended(ledger, Outcome.FAILED, a_failure(), hours_ago=9)
    ended(ledger, Outcome.FAILED, a_failure())
    [row] = ledger.coverage(ACCOUNT)
    assert row["missedSince"] == iso(MOMENT - timedelta(hours=9))
    ended(ledger, Outcome.COMPLETE)
    [row] = ledger.coverage(ACCOUNT)
    assert "missedSince" not in row


def test_a_scope_of_which_the_run_left_out_some_is_as_old_as_it_was(ledger: Ledger) -> None:
    ended(ledger, Outcome.COMPLETE, hours_ago=50, run_id=EARLIER_RUN_ID)
    ended(ledger, Outcome.COMPLETE, region="us-east-1")
    ended(ledger, Outcome.COMPLETE, is_narrowed=True)
    assert age(ledger) == 50


def test_one_that_never_was_whole_counts_from_its_first_attempt(ledger: Ledger) -> None:
    ended(ledger, Outcome.COMPLETE, hours_ago=7, run_id=EARLIER_RUN_ID, is_narrowed=True)
    ended(ledger, Outcome.COMPLETE, is_narrowed=True)
    assert age(ledger) == 7


OF_VOLUMES = a_run(services=("ec2",), types=("AWS::EC2::Volume",))


def listed(ledger: Ledger, run: Run, missed: str = "", *, hours_ago: float = 0) -> None:
    """Record the end of a scope of EC2 whose listings are all complete but one."""
    moment = MOMENT - timedelta(hours=hours_ago)
    listings = [
        ListingRecord(name, Outcome.FAILED, a_failure(), Tally(), moment)
        if name == missed
        else ListingRecord(name, Outcome.COMPLETE, None, Tally(), moment)
        for name in selected_listings("ec2", run.types)
    ]
    scope = Scope(ACCOUNT, "ec2", "eu-west-1")
    record = ScopeRecord.of(scope, listings, moment, is_narrowed=bool(run.types))
    ledger.record(RUN_ID if not hours_ago else EARLIER_RUN_ID, [record])


def test_a_run_narrowed_to_types_is_as_old_as_its_own_listings(ledger: Ledger) -> None:
    listed(ledger, a_run(), hours_ago=50)
    listed(ledger, OF_VOLUMES)
    assert age(ledger, OF_VOLUMES) == 0


def test_a_run_narrowed_to_types_counts_since_its_own_listings_were_complete(
    ledger: Ledger,
) -> None:
    listed(ledger, a_run(), hours_ago=50)
    listed(ledger, a_run(), "DescribeImages", hours_ago=20)
    listed(ledger, OF_VOLUMES, "DescribeVolumes")
    assert age(ledger, OF_VOLUMES) == 20


def test_a_run_narrowed_to_types_renews_no_listing_that_it_left_out(ledger: Ledger) -> None:
    listed(ledger, a_run(), hours_ago=50)
    listed(ledger, OF_VOLUMES, hours_ago=5)
    listed(ledger, a_run(), "DescribeImages")
    assert age(ledger, a_run()) == 50


def test_a_listing_of_a_narrowed_run_that_never_was_complete_counts_from_its_first_attempt(
    ledger: Ledger,
) -> None:
    listed(ledger, OF_VOLUMES, "DescribeVolumes", hours_ago=9)
    listed(ledger, OF_VOLUMES, "DescribeVolumes")
    assert age(ledger, OF_VOLUMES) == 9


def test_an_account_is_looked_up_once_however_many_of_its_scopes_were_missed(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    for account in (ACCOUNT, OTHER):
        for region in ("eu-west-1", "us-east-1", "global"):
            ended(ledger, Outcome.FAILED, a_failure(), hours_ago=5, account=account, region=region)
    asked, covered = list[str](), ledger.covered

    def noted(account_id: str) -> Any:
        asked.append(account_id)
        return covered(account_id)

    monkeypatch.setattr(ledger, "covered", noted)
    assert age(ledger) == 5
    assert sorted(asked) == [ACCOUNT, OTHER]
