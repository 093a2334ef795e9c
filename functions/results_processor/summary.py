"""The summary of a run, computed from its ledger rows. Pure functions."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from cidb2.publishing.statistics import add_up
from cidb2.reasons import Reason
from cidb2.run import Run
from cidb2.times import iso, parse
from functions.results_processor.reconciliation import Stored
from functions.results_processor.sinks import Row
from functions.results_processor.totals import Totals


def summarise(
    run: Run,
    totals: Totals,
    collections: Iterable[Row],
    stored: Mapping[str, Stored],
    finished_at: datetime,
) -> dict[str, Any]:
    """Return the summary without its scopes; `brief` returns the part for the execution's output.

    `totals` must have received all scope rows of the run; `collections` are its rows of that kind.
    """
    publishing = _publishing(collections)
    all_stored = _all(stored.values())
    is_reconciled = all(each.is_reconciled for each in stored.values())
    return {
        "runId": run.run_id,
        "status": totals.status,
        "startedAt": run.started_at,
        "finishedAt": iso(finished_at),
        "seconds": round((finished_at - parse(run.started_at)).total_seconds(), 3),
        "accounts": run.accounts.count,
        "excludedRegions": list(run.excluded_regions),
        "types": list(run.types),
        "totals": totals.run.to_document()
        | all_stored.to_document()
        | {"reconciled": is_reconciled},
        "reconciled": is_reconciled,
        "services": {
            service: totals.services[service].to_document()
            | stored.get(service, Stored()).to_document()
            | {"publishing": publishing.get(service, {})}
            for service in run.services
        },
        "failures": dict(totals.failures),
        "byAccount": {
            account: each.to_document() for account, each in sorted(totals.accounts.items())
        },
    }


def brief(summary: Mapping[str, Any], bucket: str, key: str) -> dict[str, Any]:
    """Return the execution's output: the counts, and the location of the rest."""
    counts = {name: value for name, value in summary.items() if name != "byAccount"}
    services = {name: _without_names(figures) for name, figures in summary["services"].items()}
    return counts | {
        "services": services,
        "message": _message(summary, f"s3://{bucket}/{key}"),
        "summary": {"bucket": bucket, "key": key},
    }


def asked(summary: Row) -> int:
    """Return the number of scopes that the run should collect: those of active accounts."""
    scopes: Mapping[str, int] = summary["totals"]["scopes"]
    suspended: int = summary["failures"].get(Reason.ACCOUNT_SUSPENDED, 0)
    return sum(scopes.values()) - suspended


def _message(summary: Mapping[str, Any], place: str) -> str:
    missed = dict(summary["failures"])
    suspended = missed.pop(Reason.ACCOUNT_SUSPENDED, 0)
    reasons = ", ".join(f"{reason} {count}" for reason, count in missed.items())
    parts = [
        f"{summary['totals']['scopes']['COMPLETE']} of {asked(summary)} scopes complete",
        *([f"not complete: {reasons}"] if reasons else []),
        *([f"skipped because the account is suspended: {suspended}"] if suspended else []),
        f"see {place}",
    ]
    return "; ".join(parts)


def _publishing(collections: Iterable[Row]) -> dict[str, dict[str, Any]]:
    figures: dict[str, dict[str, Any]] = {}
    for row in collections:
        figures[row["service"]] = add_up(figures.get(row["service"], {}), row.get("publishing", {}))
    return figures


def _all(stored: Iterable[Stored]) -> Stored:
    total = Stored()
    for each in stored:
        total.add(asdict(each))
    return total


def _without_names(figures: Row) -> dict[str, Any]:
    publishing = {
        name: value for name, value in figures["publishing"].items() if name != "failedMessages"
    }
    return {**figures, "publishing": publishing}
