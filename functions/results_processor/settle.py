"""Settles a run's ledger: every scope that should have been collected gets a row.

Collectors write the rows of their scopes. The missing rows of collectors that died are found here,
by comparing planned with recorded scopes, and get the reason that the state machine caught.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from cidb2.aws.table import Row
from cidb2.collecting.collector_failures import explain_collector_failure
from cidb2.ledger.scope_record import ScopeRecord
from cidb2.ledger.tally import Tally
from cidb2.ledger.writer import Ledger
from cidb2.reasons import Failure, Reason
from cidb2.run import Run
from cidb2.scope import EVERY_ACCOUNT, Outcome, Scope
from cidb2.services import COLLECTOR_OF
from cidb2.times import now, parse
from cidb2.types.selection import is_narrowed

Collection = tuple[str, str]
"""A service and an account, which identify one collection."""

_NO_TRACE = Failure(
    Reason.INTERNAL, "", "The collector left neither an outcome nor an error.", retryable=True
)


def settle(run: Run, accounts: Iterable[str], ledger: Ledger) -> Set[Collection]:
    """Record every scope of `accounts` that has no row yet as FAILED, with its reason.

    Returns the collections whose rows may lack published messages: those that died after they
    began, and those that were retried.
    """
    planned, repeated = dict[Collection, Iterable[str] | None](), set[Collection]()
    for row in ledger.rows(run.run_id, "collection"):
        planned[_collection(row)] = row.get("regions")
        if row.get("isRepeated"):
            repeated.add(_collection(row))
    recorded = {
        (service, account_id): regions
        for service, account_id, regions in ledger.recorded(run.run_id)
    }
    failures = {
        (row["collector"], row["accountId"]): row for row in ledger.rows(run.run_id, "failure")
    }
    died = set[Collection]()

    def failed() -> Iterator[ScopeRecord]:
        for scope in _open_scopes(run, accounts, planned, recorded, ledger):
            died.add((scope.service, scope.account_id))
            yield _failed(run, scope, failures)

    ledger.record(run.run_id, failed())
    return (died & planned.keys()) | repeated


def _open_scopes(
    run: Run,
    accounts: Iterable[str],
    planned: Mapping[Collection, Iterable[str] | None],
    recorded: Mapping[Collection, Set[str]],
    ledger: Ledger,
) -> Iterator[Scope]:
    for account_id in accounts:
        for service in run.services_in(account_id):
            done = recorded.get((service, account_id), set())
            regions = planned.get((service, account_id))
            if regions is None:
                regions = ledger.owed_regions(run, account_id, service)
            for region in regions:
                if region not in done:
                    yield Scope(account_id, service, region)


def _failed(run: Run, scope: Scope, failures: Mapping[tuple[str, str], Row]) -> ScopeRecord:
    collector = COLLECTOR_OF[scope.service]
    row = failures.get((collector, scope.account_id)) or failures.get((collector, EVERY_ACCOUNT))
    return ScopeRecord(
        scope=scope,
        outcome=Outcome.FAILED,
        failure=explain_collector_failure(row["error"], row["cause"]) if row else _NO_TRACE,
        tally=Tally(),
        started_at=parse(run.started_at),
        finished_at=now(),
        is_narrowed=is_narrowed(scope.service, run.types),
    )


def _collection(row: Mapping[str, Any]) -> Collection:
    return row["service"], row["accountId"]
