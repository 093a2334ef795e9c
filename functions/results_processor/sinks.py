"""Sinks of one pass over a run's scope rows: each receives every row, and none stores it."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

Row = Mapping[str, Any]
"""A row as the ledger returns it."""


class Sink(Protocol):
    """Receives a run's scope rows one at a time, in the ledger's order."""

    def take(self, row: Row) -> None: ...


def pour(rows: Iterable[Row], *sinks: Sink) -> None:
    """Pass each row to each sink. Memory does not grow with the rows."""
    for row in rows:
        for sink in sinks:
            sink.take(row)


def public(row: Row) -> dict[str, Any]:
    """Return a ledger row for files, without the table's own fields."""
    return {name: value for name, value in row.items() if name not in ("pk", "sk", "expiresAt")}
