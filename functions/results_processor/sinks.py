"""What one pass over a run's scope rows feeds: each sink takes every row, and none keeps it."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

Row = Mapping[str, Any]
"""A row as the ledger returns it."""


class Sink(Protocol):
    """Takes a run's scope rows, one at a time, in the order of the ledger."""

    def take(self, row: Row) -> None: ...


def pour(rows: Iterable[Row], *sinks: Sink) -> None:
    """Hand each row to each sink. Memory does not grow with the rows."""
    for row in rows:
        for sink in sinks:
            sink.take(row)


def public(row: Row) -> dict[str, Any]:
    """Return a ledger row as files outside the ledger show it, without the table's own fields."""
    return {name: value for name, value in row.items() if name not in ("pk", "sk", "expiresAt")}
