"""The metrics of a run, by which alarms and dashboard judge whether the inventory is complete."""

from collections.abc import Iterable

from cidb2.items.item import Change
from cidb2.observability import MetricUnit, measure
from cidb2.reasons import Reason
from functions.results_processor.sinks import Row


def measure_run(summary: Row, coverage_age_hours: float) -> None:
    """Emit the metrics of a complete summary; `coverage_age_hours` is from `Coverage`."""
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
    measure(MetricUnit.NoUnit, {"EstimatedCostUsd": summary["cost"]["total"]})
    measure(MetricUnit.NoUnit, {"CoverageAgeHours": coverage_age_hours})


def not_reconciled(services: Iterable[Row]) -> int:
    """Return the number of messages that are unaccounted for, counted twice, or given up."""
    return sum(abs(each["difference"]) + each["deadLettered"] for each in services)
