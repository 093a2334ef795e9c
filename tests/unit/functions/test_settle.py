"""Every scope that was to be collected gets its row, whatever became of its collector."""

import json
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidb2.ledger.scope_record import ScopeRecord
from cidb2.ledger.tally import Tally
from cidb2.ledger.writer import Ledger
from cidb2.scope import Outcome, Scope
from cidb2.times import now
from functions.results_processor.settle import settle
from tests.support.builders import ACCOUNT, EARLIER_RUN_ID, RUN_ID, a_run
from tests.support.fakes import MemoryTable

OTHER = "345678901234"
KMS = a_run(services=("kms",))
BOTH = a_run(services=("kms", "iam"))
Key = tuple[str, str, str]


class Rig:
    """A run's ledger as its collectors and the state machine left it."""

    def __init__(self) -> None:
        self.table = MemoryTable()
        self.ledger = Ledger(self.table, 400)

    def complete(
        self, *regions: str, service: str = "kms", account: str = ACCOUNT, run_id: str = RUN_ID
    ) -> None:
        moment = now()
        self.ledger.record(
            run_id,
            [
                ScopeRecord(
                    Scope(account, service, region),
                    Outcome.COMPLETE,
                    None,
                    Tally(items=1),
                    moment,
                    moment,
                )
                for region in regions
            ],
        )

    def died(
        self, error: str, message: str = "", collector: str = "kms", account: str = ACCOUNT
    ) -> None:
        """Write the row that the state machine writes for a collector that it had to catch."""
        cause = json.dumps({"errorMessage": message})
        self.table.put(
            [
                {
                    "pk": f"run#{RUN_ID}",
                    "sk": f"failure#{collector}#{account}",
                    "collector": collector,
                    "accountId": account,
                    "error": error,
                    "cause": json.dumps({"Error": error, "Cause": cause}),
                }
            ]
        )

    def settle(self, run: Any = KMS, accounts: tuple[str, ...] = (ACCOUNT,)) -> dict[Key, Any]:
        """Settle and return outcome and reason by service, account and region."""
        settle(run, accounts, self.ledger)
        return {
            (row["service"], row["accountId"], row["awsRegion"]): (
                row["outcome"],
                row.get("reason"),
            )
            for row in self.ledger.scopes(RUN_ID)
        }


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_past_the_deadline_a_collector_that_died_keeps_its_own_reason(rig: Rig) -> None:
    late = a_run(services=("kms",), deadline="2026-11-24T09:48:30Z")
    rig.died("Lambda.TooManyRequestsException")
    assert rig.settle(late) == {("kms", ACCOUNT, "*"): ("FAILED", "THROTTLED")}


def test_what_every_collector_recorded_stays_as_it_is(rig: Rig) -> None:
    rig.ledger.plan(RUN_ID, "kms", ACCOUNT, ["eu-west-1", "us-east-1"])
    rig.complete("eu-west-1", "us-east-1")
    before = dict(rig.table.rows)
    rig.settle()
    assert rig.table.rows == before


def test_the_scopes_of_a_dead_collector_are_narrowed_as_the_run_is(rig: Rig) -> None:
    run = a_run(services=("kms", "ec2"), types=("AWS::EC2::Volume", "AWS::KMS::Key"))
    rig.settle(run)
    told = {row["service"]: row.get("isNarrowed") for row in rig.ledger.scopes(RUN_ID)}
    assert told == {"kms": None, "ec2": True}


def test_the_regions_that_a_dead_collector_left_open_have_its_reason(rig: Rig) -> None:
    rig.ledger.plan(RUN_ID, "kms", ACCOUNT, ["eu-west-1", "us-east-1"])
    rig.complete("eu-west-1")
    rig.died("States.TaskFailed", "Task timed out after 900.00 seconds")
    assert rig.settle() == {
        ("kms", ACCOUNT, "eu-west-1"): ("COMPLETE", None),
        ("kms", ACCOUNT, "us-east-1"): ("FAILED", "TIMEOUT"),
    }


def test_an_account_whose_regions_are_all_excluded_owes_nothing(rig: Rig) -> None:
    rig.ledger.plan(RUN_ID, "kms", ACCOUNT, [])
    assert rig.settle(a_run(services=("kms",), excluded_regions=("eu-west-1",))) == {}


def test_a_collector_that_left_neither_outcome_nor_error_is_internal(rig: Rig) -> None:
    rig.ledger.plan(RUN_ID, "kms", ACCOUNT, ["eu-west-1"])
    assert rig.settle() == {("kms", ACCOUNT, "eu-west-1"): ("FAILED", "INTERNAL")}


@pytest.mark.parametrize(
    ("run", "regions"),
    [
        (KMS, ["*"]),
        (a_run(services=("kms",), regions=("eu-west-1", "us-east-1")), ["eu-west-1", "us-east-1"]),
    ],
)
def test_a_collector_that_died_before_its_plan_owes_what_the_run_wants(
    rig: Rig, run: Any, regions: list[str]
) -> None:
    rig.died("Lambda.Unknown")
    assert rig.settle(run) == {
        ("kms", ACCOUNT, region): ("FAILED", "INTERNAL") for region in regions
    }


def test_a_collector_that_died_before_its_plan_owes_the_regions_of_earlier_runs(rig: Rig) -> None:
    rig.complete("eu-west-1", "us-east-1", run_id=EARLIER_RUN_ID)
    rig.died("Lambda.Unknown")
    regions = ("eu-west-1", "us-east-1")
    assert rig.settle() == {("kms", ACCOUNT, each): ("FAILED", "INTERNAL") for each in regions}
    for row in rig.ledger.coverage(ACCOUNT):
        assert (row["lastCompleteRunId"], row["lastRunId"]) == (EARLIER_RUN_ID, RUN_ID)


def test_a_collector_that_died_between_its_refusals_owes_the_rest(rig: Rig) -> None:
    regions = ("eu-west-1", "us-east-1")
    rig.complete("eu-west-1")
    assert rig.settle(a_run(services=("kms",), regions=regions)) == {
        ("kms", ACCOUNT, "eu-west-1"): ("COMPLETE", None),
        ("kms", ACCOUNT, "us-east-1"): ("FAILED", "INTERNAL"),
    }


def test_settling_that_is_killed_leaves_less_for_its_next_attempt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = Rig()
    regions = tuple(f"eu-west-{number}" for number in range(1, 18))
    accounts = tuple(f"{number:012}" for number in range(1, 61))
    update, calls = rig.table.update_version, count()

    def killed(*change: Any) -> bool:
        if next(calls) > 55:
            raise KeyboardInterrupt
        return update(*change)

    monkeypatch.setattr(rig.table, "update_version", killed)
    with pytest.raises(KeyboardInterrupt):
        settle(a_run(services=("kms",), regions=regions), accounts, rig.ledger)
    assert len([*rig.ledger.scopes(RUN_ID)]) == 50 * 17


def test_a_global_service_owes_its_one_scope(rig: Rig) -> None:
    assert rig.settle(a_run(services=("iam",))) == {
        ("iam", ACCOUNT, "global"): ("FAILED", "INTERNAL")
    }


def test_a_role_that_was_denied_is_recorded_already(rig: Rig) -> None:
    rig.ledger.add_publishing(RUN_ID, "kms", ACCOUNT, {})
    rig.complete("*")
    assert [*rig.settle()] == [("kms", ACCOUNT, "*")]


def test_a_service_that_could_not_be_started_explains_every_account(rig: Rig) -> None:
    rig.died("States.ItemReaderFailed", account="*")
    rig.died("States.Timeout", account=OTHER)
    assert rig.settle(KMS, (ACCOUNT, OTHER)) == {
        ("kms", ACCOUNT, "*"): ("FAILED", "STORAGE_UNAVAILABLE"),
        ("kms", OTHER, "*"): ("FAILED", "TIMEOUT"),
    }


def test_one_services_failure_is_not_anothers(rig: Rig) -> None:
    rig.died("States.Timeout", collector="iam")
    assert rig.settle(BOTH) == {
        ("iam", ACCOUNT, "global"): ("FAILED", "TIMEOUT"),
        ("kms", ACCOUNT, "*"): ("FAILED", "INTERNAL"),
    }


def test_the_death_of_a_collector_is_told_of_each_of_its_services(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    collectors = {"kms": "both", "iam": "both"}
    monkeypatch.setattr("functions.results_processor.settle.COLLECTOR_OF", collectors)
    rig.complete("eu-west-1")
    rig.died("Sandbox.Timedout", collector="both")
    assert rig.settle(BOTH) == {
        ("iam", ACCOUNT, "global"): ("FAILED", "TIMEOUT"),
        ("kms", ACCOUNT, "eu-west-1"): ("COMPLETE", None),
    }


def test_services_that_the_run_leaves_out_owe_nothing(rig: Rig) -> None:
    rig.complete("eu-west-1")
    assert [*rig.settle()] == [("kms", ACCOUNT, "eu-west-1")]


collectors = st.fixed_dictionaries(
    {
        (service, account): st.tuples(
            st.none() | st.sets(st.sampled_from(["eu-west-1", "us-east-1"]), min_size=1),
            st.sets(st.sampled_from(["eu-west-1", "us-east-1"])),
            st.booleans(),
        )
        for service in ("kms", "ec2")
        for account in (ACCOUNT, OTHER)
    }
)


@given(collectors)
def test_after_settling_no_scope_is_without_a_row_and_settling_again_changes_nothing(
    left: dict[tuple[str, str], tuple[set[str] | None, set[str], bool]],
) -> None:
    rig = Rig()
    for (service, account), (planned, done, died) in left.items():
        if planned is not None:
            rig.ledger.plan(RUN_ID, service, account, sorted(planned))
            rig.complete(*sorted(done & planned), service=service, account=account)
        if died:
            rig.died("States.Timeout", collector=service, account=account)
    run = a_run(services=("kms", "ec2"))
    outcomes = rig.settle(run, (ACCOUNT, OTHER))
    assert outcomes == {
        (service, account, region): ("COMPLETE", None)
        if planned and region in done
        else ("FAILED", "TIMEOUT" if died else "INTERNAL")
        for (service, account), (planned, done, died) in left.items()
        for region in planned or {"*"}
    }
    assert rig.settle(run, (ACCOUNT, OTHER)) == outcomes


def test_the_organisation_is_owed_by_the_account_that_is_read_alone(rig: Rig) -> None:
    run = a_run(services=("iam", "organizations"), organization_account=OTHER)
    assert rig.settle(run, (ACCOUNT, OTHER)).keys() == {
        ("iam", ACCOUNT, "global"),
        ("iam", OTHER, "global"),
        ("organizations", OTHER, "global"),
    }
