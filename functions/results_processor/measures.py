"""The metrics of a run: what alarms and the dashboard ask whether an inventory is whole."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from cidb2.item import Change
from cidb2.ledger import Ledger
from cidb2.observability import MetricUnit, measure
from cidb2.reasons import Reason
from cidb2.scope import Outcome
from cidb2.scope_record import NEVER
from cidb2.times import parse

Row = Mapping[str, Any]

HOUR_SECONDS = 3600


def measure_run(summary: Row, ledger: Ledger) -> None:
    """Measure the run of a whole summary. StorageError where the ledger cannot be read."""
    for service, figures in summary["services"].items():
        for change in Change:
            items = {"Items": figures[change.lower()]}
            measure(MetricUnit.Count, items, Service=service, Change=change)
        for outcome, count in figures["scopes"].items():
            measure(MetricUnit.Count, {"Scopes": count}, Service=service, Outcome=outcome)
        measure(MetricUnit.Count, {"ApiCalls": figures["apiCalls"]}, Service=service)
    failures = summary["failures"]
    for reason in Reason:
        measure(MetricUnit.Count, {"Scopes": failures.get(reason, 0)}, Reason=reason)
    suspended = failures.get(Reason.ACCOUNT_SUSPENDED, 0)
    measure(
        MetricUnit.Count,
        {
            "ScopesNotComplete": sum(failures.values()) - suspended,
            "MassDeletionsHeld": failures.get(Reason.SUSPECT_MASS_DELETION, 0),
            "NotReconciled": not_reconciled(summary["services"].values()),
        },
    )
    scopes = ledger.rows(summary["runId"], "scope")
    measure(MetricUnit.NoUnit, {"EstimatedCostUsd": summary["cost"]["total"]})
    age = coverage_age(scopes, ledger, parse(summary["finishedAt"]))
    measure(MetricUnit.NoUnit, {"CoverageAgeHours": age})


def not_reconciled(services: Iterable[Row]) -> int:
    """Return how many messages are not accounted for, counted twice, or given up."""
    return sum(abs(each["difference"]) + each["deadLettered"] for each in services)


def coverage_age(scopes: Iterable[Row], ledger: Ledger, moment: datetime) -> float:
    """Return for how many hours, at most, a scope of an active account has not been complete.

    `scopes` are a run's rows in the order of the ledger. A scope that never was complete counts
    from its first attempt, and one of which the run left out some is as old as it was before. 0
    where there is no scope.
    """
    ages = ((moment - parse(since)).total_seconds() for since in _covered_at(scopes, ledger))
    return max(ages, default=0) / HOUR_SECONDS


def _covered_at(scopes: Iterable[Row], ledger: Ledger) -> Iterator[str]:
    for account_id, rows in groupby(scopes, itemgetter("accountId")):
        missed = set()
        for row in rows:
            if row["outcome"] == Outcome.COMPLETE and not row.get("isNarrowed"):
                yield row["finishedAt"]
            elif row.get("reason") != Reason.ACCOUNT_SUSPENDED:
                missed.add((row["service"], row["awsRegion"]))
        for row in ledger.coverage(account_id) if missed else ():
            if (row["service"], row["awsRegion"]) in missed:
                never = row["lastCompleteAt"] == NEVER
                yield row["missedSince"] if never else row["lastCompleteAt"]
