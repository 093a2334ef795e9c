"""The result of a scope's collection, and its rows in the ledger."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from cidb2.aws.table import Row
from cidb2.ledger.tally import Tally
from cidb2.reasons import Failure, worst
from cidb2.scope import Outcome, Scope
from cidb2.times import iso

NEVER = "1970-01-01T00:00:00Z"
"""The time of the last complete collection of a scope that was never complete."""

MESSAGE_KEPT = 1_000
"""Maximum characters of AWS's message in a row; the log has the full message."""


@dataclass(frozen=True, slots=True)
class ListingRecord:
    """The result of one listing's collection. `is_narrowed` as of a scope."""

    name: str
    outcome: Outcome
    failure: Failure | None
    tally: Tally
    started_at: datetime
    is_narrowed: bool = False


@dataclass(frozen=True, slots=True)
class ScopeRecord:
    """The result of a scope's collection, as the ledger stores it.

    `is_narrowed` is set if the run skipped some of what was listed: the scope is complete for the
    run, but its coverage is not renewed. `account_name` is set if the run's list of accounts does
    not contain the account. `incomplete` are the listings that are not complete; of a scope that
    was never listed, there are none.
    """

    scope: Scope
    outcome: Outcome
    failure: Failure | None
    tally: Tally
    started_at: datetime
    finished_at: datetime
    is_narrowed: bool = False
    account_name: str = ""
    incomplete: Sequence[ListingRecord] = ()

    @classmethod
    def of(cls, scope: Scope, listings: Sequence[ListingRecord], finished_at: datetime) -> Self:
        """Return the record of a scope whose listings have ended: its outcome is their worst."""
        return cls(
            scope=scope,
            outcome=_outcome([each.outcome for each in listings]),
            failure=worst(filter(None, (each.failure for each in listings))),
            tally=Tally.total(each.tally for each in listings),
            started_at=min(each.started_at for each in listings),
            finished_at=finished_at,
            is_narrowed=any(each.is_narrowed for each in listings),
            incomplete=[each for each in listings if each.outcome is not Outcome.COMPLETE],
        )

    @property
    def is_whole(self) -> bool:
        return self.outcome is Outcome.COMPLETE and not self.is_narrowed


def scope_row(run_id: str, entry: ScopeRecord) -> Row:
    """Return a run's row of a scope, without the run's own key."""
    scope = entry.scope
    return {
        "sk": f"scope#{scope.service}#{scope.account_id}#{scope.region}",
        "runId": run_id,
        "service": scope.service,
        "accountId": scope.account_id,
        **({"accountName": entry.account_name} if entry.account_name else {}),
        "awsRegion": scope.region,
        "outcome": entry.outcome,
        **({"isNarrowed": True} if entry.is_narrowed else {}),
        **_failure_fields(entry.failure),
        **_incomplete_listings(entry),
        **entry.tally.to_document(),
        "startedAt": iso(entry.started_at),
        "finishedAt": iso(entry.finished_at),
    }


def coverage_key(scope: Scope) -> dict[str, str]:
    """Return the key of a scope's coverage."""
    return {
        "pk": f"account#{scope.account_id}",
        "sk": f"coverage#{scope.service}#{scope.region}",
    }


def first_miss(entry: ScopeRecord) -> Row:
    """Return what coverage stores of the first attempt that missed a scope."""
    return {"lastCompleteAt": NEVER, "missedSince": iso(entry.finished_at)}


def coverage_row(run_id: str, entry: ScopeRecord) -> Row:
    """Return what coverage stores of the last attempt and of the last complete one."""
    scope, finished = entry.scope, iso(entry.finished_at)
    row: Row = {
        "service": scope.service,
        "accountId": scope.account_id,
        "awsRegion": scope.region,
        "lastRunId": run_id,
        "lastAttemptAt": finished,
        "lastOutcome": entry.outcome,
    }
    if entry.is_whole:
        return row | {
            "lastCompleteAt": finished,
            "lastCompleteRunId": run_id,
            "lastCompleteStartedAt": iso(entry.started_at),
        }
    row["lastListings"] = sorted(each.name for each in entry.incomplete)
    return row | {
        f"last{name[0].upper()}{name[1:]}": value
        for name, value in _failure_fields(entry.failure).items()
    }


def _outcome(outcomes: Collection[Outcome]) -> Outcome:
    """Return a scope's outcome: FAILED if each listing failed, COMPLETE if each is complete."""
    [outcome, *others] = {*outcomes}
    return Outcome.PARTIAL if others else outcome


def _incomplete_listings(entry: ScopeRecord) -> Row:
    listings = {
        each.name: {"outcome": each.outcome, **_failure_fields(each.failure)}
        for each in entry.incomplete
    }
    return {"listings": listings} if listings else {}


def _failure_fields(failure: Failure | None) -> dict[str, str]:
    if failure is None:
        return {}
    return {
        "reason": failure.reason,
        "errorCode": failure.error_code,
        "errorMessage": failure.message[:MESSAGE_KEPT],
    }
