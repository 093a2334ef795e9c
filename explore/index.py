"""Queries the index: read-only, without access to other files, with limits."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from pathlib import Path
from threading import Timer
from typing import Any

import duckdb

from lake.answer import Answer, QueryError
from lake.duck import in_words, translated

MEMORY = "256MB"
SECONDS = 20
"""Limits of a query: the user's SQL may, for example, join every table with every other."""

Row = dict[str, Any]


def one_of(column: str, values: Sequence[Any]) -> str:
    """Return the SQL condition that a column has one of the values, which are its parameters."""
    return f"{column} IN ({', '.join('?' * len(values)) or 'NULL'})"


class Index:
    """An open index file. Thread-safe. Every method raises QueryError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with in_words():
            self._duckdb = duckdb.connect(
                path,
                read_only=True,
                config={
                    "autoinstall_known_extensions": False,
                    "autoload_known_extensions": False,
                    "enable_external_access": False,
                    "lock_configuration": True,
                    "memory_limit": MEMORY,
                    "python_enable_replacements": False,
                },
            )

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Return the rows of one of this project's own queries, in DuckDB's SQL."""
        with self._cursor() as cursor:
            cursor.execute(sql, list(parameters))
            names = [column[0] for column in cursor.description or []]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Return the only value of the only row."""
        [row] = self.rows(sql, parameters)
        [value] = row.values()
        return value

    def stream(self, sql: str, parameters: Sequence[Any], rows: int) -> Iterator[Sequence[Any]]:
        """Yield the column names, then all rows; at most `rows` of them are in memory at once."""
        cursor = self._duckdb.cursor()
        try:
            with in_words():
                cursor.execute(sql, list(parameters))
                yield [column[0] for column in cursor.description or []]
                while some := cursor.fetchmany(rows):
                    yield from some
        finally:
            cursor.close()

    def ask(self, sql: str, most: int) -> tuple[Answer, bool]:
        """Return the result of the user's SQL, in Athena's dialect, and whether it has more rows.

        Statements other than queries are rejected.
        """
        with self._cursor() as cursor:
            cursor.execute(translated(sql))
            names = [column[0] for column in cursor.description or []]
            found = cursor.fetchmany(most + 1)
        return Answer(names, found[:most]), len(found) > most

    @cached_property
    def day(self) -> date:
        """The day of the index: it shows the lake as of the end of this day."""
        day: date = self.value("SELECT day FROM about")
        return day

    @cached_property
    def types(self) -> Mapping[str, int]:
        """The number of resources of each type in the index."""
        rows = self.rows("SELECT resourcetype, count(*) AS n FROM listed GROUP BY 1 ORDER BY 1")
        return {row["resourcetype"]: row["n"] for row in rows}

    @cached_property
    def account_names(self) -> Mapping[str, str]:
        """Account names by id, if the organisation was collected."""
        rows = self.rows(
            "SELECT resourceid, resourcename FROM listed "
            "WHERE resourcetype = 'AWS::Organizations::Account' AND resourcename IS NOT NULL"
        )
        return {row["resourceid"]: row["resourcename"] for row in rows}

    def close(self) -> None:
        self._duckdb.close()

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a separate connection that is interrupted after the time limit."""
        cursor = self._duckdb.cursor()
        timer = Timer(SECONDS, cursor.interrupt)
        timer.daemon = True
        timer.start()
        try:
            with in_words():
                yield cursor
        except QueryError as error:
            if "INTERRUPT" not in str(error):
                raise
            raise QueryError(f"The query was stopped after {SECONDS} seconds.") from error
        finally:
            timer.cancel()
            cursor.close()
