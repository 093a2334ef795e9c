"""Counting what became of one scope."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from cidb2.item import Change


@dataclass
class Tally:
    """The figures of a scope, added up over invocations.

    `published` counts what was handed to SNS, by whichever attempt of the run; `healed` what an
    earlier run had handed over in vain; `seconds` is time spent on the scope.
    """

    items: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    unreadable: int = 0
    published: int = 0
    failed: int = 0
    healed: int = 0
    apiCalls: int = 0  # noqa: N815 - the name that the ledger and the summary carry
    seconds: float = 0.0

    def count(self, change: Change, unreadable: int = 0) -> None:
        """Count one compared item and its fields that could not be read."""
        name = change.lower()
        setattr(self, name, getattr(self, name) + 1)
        self.items += change is not Change.DELETED
        self.unreadable += unreadable

    def add(self, figures: Mapping[str, Any]) -> None:
        """Add the figures of a ledger row, or of another tally's document."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + figures.get(field.name, 0))

    def to_document(self) -> dict[str, Any]:
        return asdict(self) | {"seconds": round(self.seconds, 3)}

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        tally = cls()
        tally.add(document)
        return tally
