"""The metrics of a run: what alarms and the dashboard ask whether an inventory is whole."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from cidb2.item import Change
from cidb2.ledger import NEVER, Ledger, Outcome
from cidb2.observability import MetricUnit, measure
from cidb2.reasons import Reason
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
    for reason in Reason:
        measure(MetricUnit.Count, {"Scopes": summary["failures"].get(reason, 0)}, Reason=reason)
    active = [row for row in summary["scopes"] if row.get("reason") != Reason.ACCOUNT_SUSPENDED]
    measure(
        MetricUnit.Count,
        {
            "ScopesNotComplete": sum(row["outcome"] != Outcome.COMPLETE for row in active),
            "MassDeletionsHeld": summary["failures"].get(Reason.SUSPECT_MASS_DELETION, 0),
            "NotReconciled": not_reconciled(summary["services"].values()),
        },
    )
    age = coverage_age(active, ledger, parse(summary["finishedAt"]))
    measure(MetricUnit.NoUnit, {"CoverageAgeHours": age})


def not_reconciled(services: Iterable[Row]) -> int:
    """Return how many messages are not accounted for, counted twice, or given up."""
    return sum(abs(each["difference"]) + each["deadLettered"] for each in services)


def coverage_age(scopes: Iterable[Row], ledger: Ledger, moment: datetime) -> float:
    """Return for how many hours, at most, one of a run's scopes has not been complete.

    A scope that never was counts from its first attempt. 0 where there is no scope.
    """
    seconds = [(moment - parse(since)).total_seconds() for since in _covered_at(scopes, ledger)]
    return max(seconds, default=0) / HOUR_SECONDS


def _covered_at(scopes: Iterable[Row], ledger: Ledger) -> Iterator[str]:
    missed: dict[str, set[tuple[str, str]]] = {}
    for row in scopes:
        if row["outcome"] == Outcome.COMPLETE:
            yield row["finishedAt"]
        else:
            where = row["service"], row["awsRegion"]
            missed.setdefault(row["accountId"], set()).add(where)
    for account_id, places in missed.items():
        for row in ledger.coverage(account_id):
            if (row["service"], row["awsRegion"]) in places:
                never = row["lastCompleteAt"] == NEVER
                yield row["missedSince"] if never else row["lastCompleteAt"]
