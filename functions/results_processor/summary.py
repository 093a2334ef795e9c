"""The summary of a run: what its ledger rows add up to. Pure functions."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

from cidb2.findings import Findings
from cidb2.reasons import Reason
from cidb2.run import Run
from cidb2.scope import Outcome
from cidb2.statistics import add_up
from cidb2.tally import Tally
from cidb2.times import iso, parse

Row = Mapping[str, Any]


@dataclass
class Total:
    """Figures added up: of a service, of an account, or of the whole run; nothing is named."""

    tally: Tally = field(default_factory=lambda: Tally(findings=Findings(named=0)))
    scopes: Counter[str] = field(default_factory=Counter)

    def add(self, row: Row) -> None:
        self.tally.add(row)
        self.scopes[row["outcome"]] += 1

    def to_document(self) -> dict[str, Any]:
        outcomes = {outcome.value: self.scopes[outcome] for outcome in Outcome}
        return {"scopes": outcomes, **self.tally.to_document()}


@dataclass
class Stored:
    """What the reporter made of messages, beside how many were published."""

    published: int = 0
    stored: int = 0
    superseded: int = 0
    duplicate: int = 0
    deadLettered: int = 0  # noqa: N815 - the name that the ledger and the summary carry

    @property
    def difference(self) -> int:
        """How many published messages nobody has accounted for; below 0 what was not counted."""
        return self.published - self.stored - self.superseded - self.deadLettered

    @property
    def is_reconciled(self) -> bool:
        return self.difference == 0 and self.deadLettered == 0

    def add(self, figures: Row) -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + figures.get(each.name, 0))

    def to_document(self) -> dict[str, int | bool]:
        counts = {name: count for name, count in asdict(self).items() if name != "published"}
        return counts | {"reconciled": self.is_reconciled, "difference": self.difference}


def summarise(
    run: Run,
    scopes: Iterable[Row],
    collections: Iterable[Row],
    stored: Mapping[str, Stored],
    finished_at: datetime,
) -> dict[str, Any]:
    """Return the summary; `brief` says which part of it is the execution's output.

    The rows are taken one by one and none is kept, for a large organisation has some 200,000.
    """
    total = Total()
    failures: Counter[str] = Counter()
    judged: Counter[str] = Counter()
    services: defaultdict[str, Total] = defaultdict(Total)
    accounts: defaultdict[str, Total] = defaultdict(Total)
    for row in scopes:
        for each in (total, services[row["service"]], accounts[row["accountId"]]):
            each.add(row)
        if row["outcome"] != Outcome.COMPLETE:
            failures[row["reason"]] += 1
        if row.get("reason") != Reason.ACCOUNT_SUSPENDED:
            judged[row["outcome"]] += 1
    publishing = _publishing(collections)
    all_stored = _all(stored.values())
    is_reconciled = all(each.is_reconciled for each in stored.values())
    return {
        "runId": run.run_id,
        "status": _status(judged),
        "startedAt": run.started_at,
        "finishedAt": iso(finished_at),
        "seconds": round((finished_at - parse(run.started_at)).total_seconds(), 3),
        "accounts": run.accounts.count,
        "excludedRegions": list(run.excluded_regions),
        "totals": total.to_document() | all_stored.to_document() | {"reconciled": is_reconciled},
        "reconciled": is_reconciled,
        "services": {
            service: services[service].to_document()
            | stored.get(service, Stored()).to_document()
            | {"publishing": publishing.get(service, {})}
            for service in run.services
        },
        "failures": dict(failures),
        "byAccount": {account: each.to_document() for account, each in sorted(accounts.items())},
    }


def brief(summary: Mapping[str, Any], bucket: str, key: str) -> dict[str, Any]:
    """Return the execution's output: the counts, and where the rest is."""
    counts = {name: value for name, value in summary.items() if name != "byAccount"}
    services = {name: _without_names(figures) for name, figures in summary["services"].items()}
    return counts | {
        "services": services,
        "message": _message(summary, f"s3://{bucket}/{key}"),
        "summary": {"bucket": bucket, "key": key},
    }


def asked(summary: Row) -> int:
    """Return how many scopes the run was to collect: those of its active accounts."""
    scopes: Mapping[str, int] = summary["totals"]["scopes"]
    suspended: int = summary["failures"].get(Reason.ACCOUNT_SUSPENDED, 0)
    return sum(scopes.values()) - suspended


def public(row: Row) -> dict[str, Any]:
    """Return a ledger row as the summary in the bucket shows it."""
    return {name: value for name, value in row.items() if name not in ("pk", "sk", "expiresAt")}


def _status(outcomes: Counter[str]) -> str:
    """Judge the run by the scopes of its active accounts."""
    if outcomes[Outcome.COMPLETE] + outcomes[Outcome.PARTIAL] == 0:
        return Outcome.FAILED
    is_whole = outcomes[Outcome.COMPLETE] == outcomes.total()
    return Outcome.COMPLETE if is_whole else Outcome.PARTIAL


def _message(summary: Mapping[str, Any], place: str) -> str:
    missed = dict(summary["failures"])
    suspended = missed.pop(Reason.ACCOUNT_SUSPENDED, 0)
    reasons = ", ".join(f"{reason} {count}" for reason, count in missed.items())
    parts = [
        f"{summary['totals']['scopes']['COMPLETE']} of {asked(summary)} scopes complete",
        *([f"not complete: {reasons}"] if reasons else []),
        *([f"not asked, for their account is suspended: {suspended}"] if suspended else []),
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
