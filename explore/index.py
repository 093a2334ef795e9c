"""The index as the pages ask it: read-only, without access to any other file, within bounds."""

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
"""What a query may take: somebody's own SQL may ask for the product of all with all."""

Row = dict[str, Any]


class Index:
    """One index file. Many threads may ask at the same time. Every method raises QueryError."""

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
        """Return the rows of a query of ours, in DuckDB's SQL."""
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
        """Yield the names of the columns, then all rows, of which some are in memory at a time."""
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
        """Return the answer to somebody's SQL, in Athena's dialect, and whether it has more rows.

        Statements that are no query are refused.
        """
        with self._cursor() as cursor:
            cursor.execute(translated(sql))
            names = [column[0] for column in cursor.description or []]
            found = cursor.fetchmany(most + 1)
        return Answer(names, found[:most]), len(found) > most

    @cached_property
    def day(self) -> date:
        """The day at whose end the lake was as the index has it."""
        day: date = self.value("SELECT day FROM about")
        return day

    @cached_property
    def types(self) -> Mapping[str, int]:
        """The types that there are, and how many resources each has."""
        rows = self.rows("SELECT resourcetype, count(*) AS n FROM listed GROUP BY 1 ORDER BY 1")
        return {row["resourcetype"]: row["n"] for row in rows}

    @cached_property
    def account_names(self) -> Mapping[str, str]:
        """The names of accounts, where the organisation's accounts were collected."""
        rows = self.rows(
            "SELECT resourceid, resourcename FROM listed "
            "WHERE resourcetype = 'AWS::Organizations::Account' AND resourcename IS NOT NULL"
        )
        return {row["resourceid"]: row["resourcename"] for row in rows}

    def close(self) -> None:
        self._duckdb.close()

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a connection of its own, which is interrupted when its time is over."""
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
