"""The result of a scope's collection, and how the ledger tells of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from cidb2.aws.table import Row
from cidb2.ledger.tally import Tally
from cidb2.reasons import Failure, worst
from cidb2.scope import Outcome, Scope
from cidb2.times import iso

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

    @property
    def is_whole(self) -> bool:
        return self.outcome is Outcome.COMPLETE and not self.is_narrowed


@dataclass(frozen=True, slots=True)
class ScopeRecord:
    """The result of a scope's collection, as the ledger stores it.

    `is_narrowed` is set if the run skipped some of what the scope contains: a part of a listing, or
    whole listings. Such a scope is complete for the run, but its coverage is renewed only for the
    listings that `renewed` names. `account_name` is set if the run's list of accounts does not
    contain the account. `incomplete` are the listings that are not complete; of a scope that was
    never listed, there are none. `outdated` names the listings of a scope that is not narrowed
    whose coverage is not renewed, while that of all others is; it is empty where all or none are.
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
    outdated: Sequence[str] = ()
    renewed: Sequence[str] = ()

    @classmethod
    def of(
        cls,
        scope: Scope,
        listings: Sequence[ListingRecord],
        finished_at: datetime,
        *,
        is_narrowed: bool = False,
    ) -> Self:
        """Return the record of a scope whose listings have ended: its outcome is their worst.

        Its reason is that of its incomplete listings. If all are complete, it has one only if none
        of them could be called, for example where the region does not offer the service.
        `is_narrowed` tells that the run left out other listings, which do not count.
        """
        is_narrowed = is_narrowed or any(each.is_narrowed for each in listings)
        whole = [each.name for each in listings if each.is_whole]
        outdated = [each.name for each in listings if not each.is_whole]
        incomplete = [each for each in listings if each.outcome is not Outcome.COMPLETE]
        was_called = any(each.failure is None for each in listings)
        telling = incomplete or ([] if was_called else listings)
        return cls(
            scope=scope,
            outcome=_outcome([each.outcome for each in listings]),
            failure=worst(each.failure for each in telling if each.failure),
            tally=Tally.total(each.tally for each in listings),
            started_at=min(each.started_at for each in listings),
            finished_at=finished_at,
            is_narrowed=is_narrowed,
            incomplete=incomplete,
            outdated=outdated if whole and not is_narrowed else (),
            renewed=whole if is_narrowed else (),
        )

    @property
    def is_whole(self) -> bool:
        return self.outcome is Outcome.COMPLETE and not self.is_narrowed


def scope_row(run_id: str, entry: ScopeRecord) -> Row:
    """Return a scope as a run tells of it."""
    scope = entry.scope
    return {
        "runId": run_id,
        "service": scope.service,
        "accountId": scope.account_id,
        **({"accountName": entry.account_name} if entry.account_name else {}),
        "awsRegion": scope.region,
        "outcome": entry.outcome,
        **({"isNarrowed": True} if entry.is_narrowed else {}),
        **({"renewedListings": sorted(entry.renewed)} if entry.renewed else {}),
        **failure_fields(entry.failure),
        **_incomplete_listings(entry),
        **entry.tally.to_document(),
        "startedAt": iso(entry.started_at),
        "finishedAt": iso(entry.finished_at),
    }


def failure_fields(failure: Failure | None) -> dict[str, str]:
    """Return the fields of a row that tell of a failure."""
    if failure is None:
        return {}
    return {
        "reason": failure.reason,
        "errorCode": failure.error_code,
        "errorMessage": failure.message[:MESSAGE_KEPT],
    }


def _outcome(outcomes: Collection[Outcome]) -> Outcome:
    """Return a scope's outcome: FAILED if each listing failed, COMPLETE if each is complete."""
    [outcome, *others] = {*outcomes}
    return Outcome.PARTIAL if others else outcome


def _incomplete_listings(entry: ScopeRecord) -> Row:
    listings = {
        each.name: {"outcome": each.outcome, **failure_fields(each.failure)}
        for each in entry.incomplete
    }
    return {"listings": listings} if listings else {}
