"""Queries over the lake, independent of the engine."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class QueryError(Exception):
    """A query is not valid SQL, or names something unknown; the message is for the user."""


@dataclass(frozen=True)
class Answer:
    """The result of a query: column names and rows."""

    columns: list[str]
    rows: list[tuple[Any, ...]]

    def by_column(self) -> list[dict[str, Any]]:
        """Return each row as a map from columns to values."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class Engine(Protocol):
    """Answers queries in Athena's SQL."""

    def ask(self, sql: str, parameters: Sequence[str] = ()) -> Answer:
        """Return the answer; `parameters` replace the `?`s in order. Raises QueryError."""
        ...
