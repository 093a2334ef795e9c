"""The lake on a laptop: the same tables and queries in DuckDB, over files on the disk.

with open_lake(folder) as lake:
    answer = lake.ask(saved_queries()["public-buckets"].sql)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import duckdb
import sqlglot
from sqlglot.errors import SqlglotError

from lake.tables import SCOPES, TABLES, Table

DUCKDB_TYPES = {"string": "VARCHAR", "bigint": "BIGINT", "double": "DOUBLE", "boolean": "BOOLEAN"}
LARGEST_LINE_BYTES = 64 * 1024 * 1024


class QueryError(Exception):
    """A query is not SQL, or asks for what is not there; the message is for the person."""


@dataclass(frozen=True)
class Answer:
    """What a query found: the names of its columns, and its rows."""

    columns: list[str]
    rows: list[tuple[Any, ...]]


class LocalLake:
    """The lake in a folder, as DuckDB sees it; a context manager.

    Of extensions DuckDB has what it brings along: nothing is fetched. It takes times as UTC.
    """

    def __init__(self, folder: Path) -> None:
        self._duckdb = duckdb.connect(
            config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}
        )
        for table in TABLES:
            self._duckdb.execute(f"CREATE VIEW {table.name} AS {_source(table, folder)}")

    def ask(self, sql: str, parameters: Sequence[str] = ()) -> Answer:
        """Return the answer to a query in Athena's SQL. QueryError where there is none."""
        try:
            statements = sqlglot.transpile(sql, read="athena", write="duckdb")
            if len(statements) != 1:
                raise QueryError(f"one query at a time; there are {len(statements)}")
            found = self._duckdb.execute(statements[0], list(parameters))
            return Answer([column[0] for column in found.description or []], found.fetchall())
        except (SqlglotError, duckdb.Error) as error:
            raise QueryError(str(error)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._duckdb.close()


def open_lake(folder: Path) -> LocalLake:
    """Return the lake of a folder, as `fetch` leaves it. QueryError where there is none."""
    if not (folder / SCOPES.prefix).is_dir():
        raise QueryError(f"{folder}: no lake here; the first run writes it when it ends")
    return LocalLake(folder)


def _source(table: Table, folder: Path) -> str:
    """Return the rows of a table; none where it has no file yet."""
    columns = {name: DUCKDB_TYPES[kind] for name, kind in table.columns.items()}
    partitions = dict.fromkeys(table.partitions, "VARCHAR")
    place = folder / table.prefix
    if not any(place.rglob("*.jsonl.gz")):
        nothing = (f"NULL::{kind} AS {name}" for name, kind in (columns | partitions).items())
        return f"SELECT {', '.join(nothing)} WHERE false"
    arguments = {
        "format": "'newline_delimited'",
        "columns": _map(columns),
        "maximum_object_size": LARGEST_LINE_BYTES,
        "hive_partitioning": "true",
        "hive_types": _map(partitions),
    }
    told = ", ".join(f"{name} = {value}" for name, value in arguments.items())
    return f"FROM read_json({_quoted(f'{place}/**/*.jsonl.gz')}, {told})"


def _map(types: dict[str, str]) -> str:
    pairs = (f"{_quoted(name)}: {_quoted(kind)}" for name, kind in types.items())
    return f"{{{', '.join(pairs)}}}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
