"""The lake on a laptop: the same tables and queries in DuckDB, over files on the disk.

with open_lake(folder) as lake:
    answer = lake.ask(saved_queries()["public-buckets"].sql)
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import duckdb
import sqlglot
from sqlglot.errors import SqlglotError

from lake.answer import Answer, QueryError
from lake.export import Form, copy, quoted
from lake.tables import SCOPES, TABLES, Table

_COLOURS = re.compile(r"\x1b\[\d*m")
DUCKDB_TYPES = {"string": "VARCHAR", "bigint": "BIGINT", "double": "DOUBLE", "boolean": "BOOLEAN"}
LARGEST_LINE_BYTES = 64 * 1024 * 1024


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
        with _in_words():
            found = self._duckdb.execute(_translated(sql), list(parameters))
            return Answer([column[0] for column in found.description or []], found.fetchall())

    def save(self, sql: str, path: Path, form: Form, parameters: Sequence[str] = ()) -> int:
        """Write the answer to a query into a file and return its rows.

        QueryError, or OSError where the file cannot be written; none is ever there by half.
        """
        unfinished = path.with_name(f"{path.name}.unfinished")
        unfinished.touch()
        try:
            with _in_words():
                rows = self._write(_translated(sql), unfinished, form, parameters)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        return rows

    def _write(self, sql: str, path: Path, form: Form, parameters: Sequence[str]) -> int:
        self._duckdb.execute(f"CREATE OR REPLACE TEMP TABLE answer AS {sql}", list(parameters))
        described = self._duckdb.execute("DESCRIBE answer").fetchall()
        columns = {str(name): str(kind) for name, kind, *_ in described}
        self._duckdb.execute(copy("answer", columns, path, form))
        [(rows,)] = self._duckdb.execute("SELECT count(*) FROM answer").fetchall()
        return int(rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._duckdb.close()


def open_lake(folder: Path) -> LocalLake:
    """Return the lake of a folder, as `fetch` leaves it. QueryError where there is none."""
    if not (folder / SCOPES.prefix).is_dir():
        raise QueryError(f"{folder}: no lake here; the first run writes it when it ends")
    return LocalLake(folder)


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn errors of the engine and of the translation into QueryError, without their colours."""
    try:
        yield
    except (SqlglotError, duckdb.Error) as error:
        raise QueryError(_COLOURS.sub("", str(error))) from error


def _translated(sql: str) -> str:
    """Return one query in DuckDB's SQL."""
    statements = sqlglot.transpile(sql, read="athena", write="duckdb")
    if len(statements) != 1:
        raise QueryError(f"one query at a time; there are {len(statements)}")
    return statements[0]


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
    return f"FROM read_json({quoted(f'{place}/**/*.jsonl.gz')}, {told})"


def _map(types: dict[str, str]) -> str:
    pairs = (f"{quoted(name)}: {quoted(kind)}" for name, kind in types.items())
    return f"{{{', '.join(pairs)}}}"
