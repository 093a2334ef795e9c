"""Gathers from a run's scope rows what its report shows."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from cidb2.items.findings.rule import Finding
from cidb2.reasons import Reason
from cidb2.scope import Outcome
from functions.results_processor.effects import Meant
from functions.results_processor.sinks import Row

CHANGES = ("created", "changed", "deleted")
_FIGURES = ("complete", "partial", "failed", *CHANGES, "items", "api_calls")
GAPS_NAMED = 5
"""Maximum regions that a cell names; all are counted."""
LISTINGS_NAMED = 3
"""Maximum listings that are named for a region of a cell; the others are counted."""
ACCOUNTS_NAMED = 200
"""Maximum accounts that are named for a reason."""
RESOURCES_NAMED = 100
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

    @classmethod
    def merged(cls, cells: Mapping[str, Self]) -> Self:
        """Return the cell of a collector from those of its services, by title."""
        starts = [each.started_at for each in cells.values() if each.started_at]
        together = cls(
            started_at=min(starts, default=""),
            finished_at=max(each.finished_at for each in cells.values()),
            reasons=frozenset().union(*(each.reasons for each in cells.values())),
            gaps=tuple(
                (f"{title} {region}" if len(cells) > 1 else region, reason)
                for title, each in cells.items()
                for region, reason in each.gaps
            )[:GAPS_NAMED],
        )
        for name in _FIGURES:
            setattr(together, name, sum(getattr(each, name) for each in cells.values()))
        return together

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
            self.gaps = (*self.gaps, (row["awsRegion"], _reason(row)))


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
    """One finding in the whole run: its figures, the accounts that have it, and first resources."""

    count: int = 0
    unknown: int = 0
    accounts: set[str] = field(default_factory=set)
    named: list[Found] = field(default_factory=list)

    def add(self, finding: Finding, figures: Row, row: Row) -> None:
        self.count += figures["count"]
        self.unknown += figures["unknown"]
        if figures["count"]:
            self.accounts.add(row["accountId"])
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
        self.effects: defaultdict[str, Meant] = defaultdict(Meant)
        self.names: dict[str, str] = {}

    def take(self, row: Row) -> None:
        self.cells[row["accountId"], row["service"]].add(row)
        if row["outcome"] != Outcome.COMPLETE:
            self._add_gap(row)
        if name := row.get("accountName"):
            self.names[row["accountId"]] = name
        for name, figures in row.get("findings", {}).items():
            self.findings[Finding(name)].add(Finding(name), figures, row)
        for effect, figures in row.get("effects", {}).items():
            self.effects[effect].add(figures, row)

    def _add_gap(self, row: Row) -> None:
        gap = self.gaps.setdefault(row["reason"], Gap(row["errorCode"], row["errorMessage"]))
        gap.scopes += 1
        gap.services[row["service"]] += 1
        gap.accounts[row["accountId"]] = None


def _reason(row: Row) -> str:
    """Return a scope's reason, with the listings that are incomplete."""
    listings = sorted(row.get("listings", ()))
    named = ", ".join(listings[:LISTINGS_NAMED])
    more = len(listings) - LISTINGS_NAMED
    told = f"{named} and {more} more" if more > 0 else named
    return f"{row['reason']} ({told})" if told else row["reason"]
