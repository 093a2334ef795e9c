"""Counts the findings of a scope, or of many."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cidb2.items.findings.catalog import Verdicts
from cidb2.items.findings.rule import Finding

NAMED = 20
"""Maximum ARNs listed per finding and scope; all are counted."""


@dataclass
class Noted:
    """One finding: the number of resources, the number of unknowns, and the first ARNs."""

    count: int = 0
    unknown: int = 0
    arns: list[str] = field(default_factory=list)

    def add(self, figures: Mapping[str, Any], named: int) -> None:
        """Add figures, and ARNs up to `named`."""
        self.count += figures.get("count", 0)
        self.unknown += figures.get("unknown", 0)
        self.arns = [*self.arns, *figures.get("arns", [])][:named]

    def to_document(self) -> dict[str, Any]:
        figures = {"count": self.count, "unknown": self.unknown}
        return figures | ({"arns": self.arns} if self.arns else {})


@dataclass
class Findings:
    """The findings of one or several scopes; `named` is the maximum of ARNs per finding."""

    named: int = NAMED
    by_name: dict[Finding, Noted] = field(default_factory=dict)

    def note(self, arn: str, verdicts: Verdicts) -> None:
        """Count the findings of one resource."""
        for finding, verdict in verdicts.items():
            if verdict is None:
                self.add({finding: {"unknown": 1}})
            elif verdict:
                self.add({finding: {"count": 1, "arns": [arn]}})

    def add(self, document: Mapping[str, Mapping[str, Any]]) -> None:
        """Add the findings of a ledger row, or of another document."""
        for name, figures in document.items():
            self.by_name.setdefault(Finding(name), Noted()).add(figures, self.named)

    def to_document(self) -> dict[str, Any]:
        """Return `count`, `unknown` and the first `arns` of each finding that occurs."""
        return {finding.value: noted.to_document() for finding, noted in self.by_name.items()}
