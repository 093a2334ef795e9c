"""Gathers from a run's scope rows what its report shows."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from cidb2.items.findings import Finding
from cidb2.reasons import Reason
from cidb2.scope import Outcome
from functions.results_processor.sinks import Row

CHANGES = ("created", "changed", "deleted")
GAPS_NAMED = 5
"""Maximum regions that a cell names; all are counted."""
ACCOUNTS_NAMED = 200
"""Maximum accounts that are named for a reason."""
RESOURCES_NAMED = 500
"""Maximum resources that are named for a finding."""


@dataclass(slots=True)
class Cell:
    """One service in one account: scopes by outcome, changes, times and reasons.

    Times are texts as in the ledger; a failed scope has none, because no work was done on it.
    """

    complete: int = 0
    partial: int = 0
    failed: int = 0
    created: int = 0
    changed: int = 0
    deleted: int = 0
    items: int = 0
    api_calls: int = 0
    started_at: str = ""
    finished_at: str = ""
    reasons: frozenset[str] = frozenset()
    gaps: tuple[tuple[str, str], ...] = ()

    @property
    def scopes(self) -> int:
        return self.complete + self.partial + self.failed

    @property
    def changes(self) -> int:
        return self.created + self.changed + self.deleted

    @property
    def state(self) -> str:
        """Return `complete`, `partial`, `failed`, or `suspended` if the account was skipped."""
        if self.complete == self.scopes:
            return "complete"
        if self.reasons == {Reason.ACCOUNT_SUSPENDED}:
            return "suspended"
        return "partial" if self.complete + self.partial else "failed"

    def add(self, row: Row) -> None:
        outcome = row["outcome"]
        for name in ("items", *CHANGES):
            setattr(self, name, getattr(self, name) + row[name])
        self.api_calls += row["apiCalls"]
        if outcome == Outcome.COMPLETE:
            self.complete += 1
        else:
            self._miss(row)
        if outcome != Outcome.FAILED:
            self.started_at = min(self.started_at or row["startedAt"], row["startedAt"])
            self.finished_at = max(self.finished_at, row["finishedAt"])

    def _miss(self, row: Row) -> None:
        if row["outcome"] == Outcome.PARTIAL:
            self.partial += 1
        else:
            self.failed += 1
        self.reasons |= {row["reason"]}
        if len(self.gaps) < GAPS_NAMED:
            self.gaps = (*self.gaps, (row["awsRegion"], row["reason"]))


@dataclass
class Gap:
    """The incomplete scopes of one reason, with AWS's message of the first."""

    code: str
    words: str
    scopes: int = 0
    services: Counter[str] = field(default_factory=Counter)
    accounts: dict[str, None] = field(default_factory=dict)

    @property
    def named(self) -> list[str]:
        return list(self.accounts)[:ACCOUNTS_NAMED]


@dataclass(frozen=True, slots=True)
class Found:
    """A resource with a finding."""

    finding: Finding
    account_id: str
    region: str
    arn: str


@dataclass
class Noticed:
    """One finding in the whole run: its figures and first resources."""

    count: int = 0
    unknown: int = 0
    accounts: int = 0
    named: list[Found] = field(default_factory=list)
    _last_account: str = ""

    def add(self, finding: Finding, figures: Row, row: Row) -> None:
        self.count += figures["count"]
        self.unknown += figures["unknown"]
        if figures["count"] and row["accountId"] != self._last_account:
            self.accounts += 1
            self._last_account = row["accountId"]
        self.named += [
            Found(finding, row["accountId"], row["awsRegion"], arn)
            for arn in figures.get("arns", ())[: RESOURCES_NAMED - len(self.named)]
        ]


class Gathering:
    """A sink for scope rows, which arrive sorted by service and account.

    Its memory grows with accounts and services, not with regions or resources.
    """

    def __init__(self) -> None:
        self.cells: defaultdict[tuple[str, str], Cell] = defaultdict(Cell)
        self.gaps: dict[str, Gap] = {}
        self.findings: defaultdict[Finding, Noticed] = defaultdict(Noticed)
        self.names: dict[str, str] = {}

    def take(self, row: Row) -> None:
        self.cells[row["accountId"], row["service"]].add(row)
        if row["outcome"] != Outcome.COMPLETE:
            self._add_gap(row)
        if name := row.get("accountName"):
            self.names[row["accountId"]] = name
        for name, figures in row.get("findings", {}).items():
            self.findings[Finding(name)].add(Finding(name), figures, row)

    def _add_gap(self, row: Row) -> None:
        gap = self.gaps.setdefault(row["reason"], Gap(row["errorCode"], row["errorMessage"]))
        gap.scopes += 1
        gap.services[row["service"]] += 1
        gap.accounts[row["accountId"]] = None
