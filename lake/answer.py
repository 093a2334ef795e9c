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


class Engine(Protocol):
    """Answers queries in Athena's SQL."""

    def ask(self, sql: str, parameters: Sequence[str] = ()) -> Answer:
        """Return the answer; `parameters` replace the `?`s in order. Raises QueryError."""
        ...
