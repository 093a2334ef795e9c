"""What is asked of a lake, whichever engine answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class QueryError(Exception):
    """A query is not SQL, or asks for what is not there; the message is for the person."""


@dataclass(frozen=True)
class Answer:
    """What a query found: the names of its columns, and its rows."""

    columns: list[str]
    rows: list[tuple[Any, ...]]


class Engine(Protocol):
    """Answers queries in Athena's SQL."""

    def ask(self, sql: str, parameters: Sequence[str] = ()) -> Answer:
        """Return the answer; `parameters` replace the `?`s in order. QueryError."""
        ...
