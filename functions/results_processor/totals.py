"""Sums the figures of a run's scopes: in total, by service and by account."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from cidb2.items.effects.counting import EffectCounts
from cidb2.items.findings.counting import Findings
from cidb2.ledger.tally import Tally
from cidb2.reasons import Reason
from cidb2.scope import Outcome
from functions.results_processor.sinks import Row


@dataclass
class Total:
    """Sums for a service, an account or the whole run, without names."""

    tally: Tally = field(
        default_factory=lambda: Tally(findings=Findings(named=0), effects=EffectCounts(named=0))
    )
    scopes: Counter[str] = field(default_factory=Counter)

    def add(self, row: Row) -> None:
        self.tally.add(row)
        self.scopes[row["outcome"]] += 1

    def to_document(self) -> dict[str, Any]:
        outcomes = {outcome.value: self.scopes[outcome] for outcome in Outcome}
        return {"scopes": outcomes, **self.tally.to_document()}


@dataclass
class Totals:
    """A sink that sums the scopes, and counts the incomplete ones by reason."""

    run: Total = field(default_factory=Total)
    services: defaultdict[str, Total] = field(default_factory=lambda: defaultdict(Total))
    accounts: defaultdict[str, Total] = field(default_factory=lambda: defaultdict(Total))
    failures: Counter[str] = field(default_factory=Counter)
    _active: Counter[str] = field(default_factory=Counter)
    """Outcomes of the scopes of active accounts."""

    def take(self, row: Row) -> None:
        for each in (self.run, self.services[row["service"]], self.accounts[row["accountId"]]):
            each.add(row)
        if row["outcome"] != Outcome.COMPLETE:
            self.failures[row["reason"]] += 1
        if row.get("reason") != Reason.ACCOUNT_SUSPENDED:
            self._active[row["outcome"]] += 1

    @property
    def status(self) -> Outcome:
        """Return the run's status, from the scopes of its active accounts."""
        if self._active[Outcome.COMPLETE] + self._active[Outcome.PARTIAL] == 0:
            return Outcome.FAILED
        is_whole = self._active[Outcome.COMPLETE] == self._active.total()
        return Outcome.COMPLETE if is_whole else Outcome.PARTIAL
