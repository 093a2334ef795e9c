"""Counts the results of one scope."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from cidb2.items.effects.counting import EffectCounts
from cidb2.items.findings.counting import Findings
from cidb2.items.item import Change
from cidb2.reasons import Failure

_STRUCTURED = ("unreadableReasons", "findings", "effects")
"""Figures that are no numbers."""


@dataclass
class Tally:
    """The figures of a scope, summed over its invocations.

    `published` counts the messages that SNS accepted, in any attempt of the run; `healed` those
    whose predecessors from an earlier run were lost; `unreadable` the fields that could not be
    read, with reasons; `seconds` is the time spent on the scope.
    """

    items: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    unreadable: int = 0
    unreadableReasons: Counter[str] = field(default_factory=Counter)  # noqa: N815 - as published
    published: int = 0
    failed: int = 0
    healed: int = 0
    apiCalls: int = 0  # noqa: N815 - its name in the ledger and the summary
    seconds: float = 0.0
    findings: Findings = field(default_factory=Findings)
    effects: EffectCounts = field(default_factory=EffectCounts)

    @classmethod
    def total(cls, several: Iterable["Tally"]) -> Self:
        """Return the sum of several tallies."""
        tally = cls()
        for each in several:
            tally.add(each.to_document())
        return tally

    def count(self, change: Change, unreadable: Collection[Failure] = ()) -> None:
        """Count one compared item, and the reasons of its unreadable fields."""
        name = change.lower()
        setattr(self, name, getattr(self, name) + 1)
        self.items += change is not Change.DELETED
        self.unreadable += len(unreadable)
        self.unreadableReasons.update(failure.reason.value for failure in unreadable)

    def add(self, figures: Mapping[str, Any]) -> None:
        """Add the figures of a ledger row, or of another tally's document."""
        self.unreadableReasons.update(figures.get("unreadableReasons", {}))
        self.findings.add(figures.get("findings", {}))
        self.effects.add(figures.get("effects", {}))
        for each in fields(self):
            if each.name not in _STRUCTURED:
                figure = figures.get(each.name, 0)
                setattr(self, each.name, getattr(self, each.name) + figure)

    def to_document(self) -> dict[str, Any]:
        figures = {each.name: getattr(self, each.name) for each in fields(self)}
        return figures | {
            "unreadableReasons": dict(self.unreadableReasons),
            "seconds": round(self.seconds, 3),
            "findings": self.findings.to_document(),
            "effects": self.effects.to_document(),
        }

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        tally = cls()
        tally.add(document)
        return tally
