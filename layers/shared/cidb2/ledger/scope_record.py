"""How the collection of a scope ended, and the rows of the ledger that say so."""

from dataclasses import dataclass
from datetime import datetime

from cidb2.aws.table import Row
from cidb2.ledger.tally import Tally
from cidb2.reasons import Failure
from cidb2.scope import Outcome, Scope
from cidb2.times import iso

NEVER = "1970-01-01T00:00:00Z"
"""The last complete collection of a scope that never was."""

MESSAGE_KEPT = 1_000
"""Characters of AWS's own words that a row keeps; the log has them all."""


@dataclass(frozen=True, slots=True)
class ScopeRecord:
    """The end of a scope's collection, as the ledger keeps it.

    `is_narrowed` where the run left out some of what was listed: it is complete for the run, and
    says nothing of when the whole scope was last complete. `account_name` where the run's list of
    accounts does not have the account.
    """

    scope: Scope
    outcome: Outcome
    failure: Failure | None
    tally: Tally
    started_at: datetime
    finished_at: datetime
    is_narrowed: bool = False
    account_name: str = ""

    @property
    def is_whole(self) -> bool:
        return self.outcome is Outcome.COMPLETE and not self.is_narrowed


def scope_row(run_id: str, entry: ScopeRecord) -> Row:
    """Return what a run keeps of a scope, but for the run's own key."""
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
        **entry.tally.to_document(),
        "startedAt": iso(entry.started_at),
        "finishedAt": iso(entry.finished_at),
    }


def coverage_key(scope: Scope) -> dict[str, str]:
    """Return where the coverage of a scope is kept."""
    return {
        "pk": f"account#{scope.account_id}",
        "sk": f"coverage#{scope.service}#{scope.region}",
    }


def first_miss(entry: ScopeRecord) -> Row:
    """Return what coverage keeps of the first attempt that missed a scope."""
    return {"lastCompleteAt": NEVER, "missedSince": iso(entry.finished_at)}


def coverage_row(run_id: str, entry: ScopeRecord) -> Row:
    """Return what coverage keeps of the last attempt, and of the last complete one."""
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
    return row | {
        f"last{name[0].upper()}{name[1:]}": value
        for name, value in _failure_fields(entry.failure).items()
    }


def _failure_fields(failure: Failure | None) -> dict[str, str]:
    if failure is None:
        return {}
    return {
        "reason": failure.reason,
        "errorCode": failure.error_code,
        "errorMessage": failure.message[:MESSAGE_KEPT],
    }
