"""The lake on a laptop: the same tables and queries in DuckDB, over local files.

with open_lake(folder) as lake:
    answer = lake.ask(saved_queries()["public-buckets"].sql)
"""

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Self

import duckdb
import sqlglot
from sqlglot import expressions
from sqlglot.errors import SqlglotError

from lake.answer import Answer, QueryError
from lake.export import Form, copy, harmless, quoted
from lake.tables import SCOPES, TABLES, Table

_COLOURS = re.compile(r"\x1b\[\d*m")
DUCKDB_TYPES = {"string": "VARCHAR", "bigint": "BIGINT", "double": "DOUBLE", "boolean": "BOOLEAN"}
LARGEST_LINE_BYTES = 64 * 1024 * 1024
EVERY_FILE = "**/*.jsonl.gz"


class LocalLake:
    """The lake in a folder, as a DuckDB database; a context manager.

    DuckDB uses only built-in extensions and downloads nothing. Times are UTC. A query can read no
    file outside the folder, and no environment variable
    (https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview).
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._answers = TemporaryDirectory(prefix="answers-", dir=folder)
        self._duckdb = duckdb.connect(
            config={
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "python_enable_replacements": False,
                "temp_directory": self._answers.name,
            }
        )
        for table in TABLES:
            files = f"{folder / table.prefix}/{EVERY_FILE}"
            has_files = any((folder / table.prefix).rglob("*.jsonl.gz"))
            rows = rows_of(table, [files] if has_files else [])
            self._duckdb.execute(f"CREATE VIEW {table.name} AS {rows}")
        self._duckdb.execute(f"SET allowed_directories = [{quoted(str(folder))}]")
        self._duckdb.execute("SET enable_external_access = false")
        self._duckdb.execute("SET lock_configuration = true")

    def ask(self, sql: str, parameters: Sequence[str] = ()) -> Answer:
        """Return the answer to a query in Athena's SQL. Raises QueryError."""
        with in_words():
            found = self._duckdb.execute(translated(sql), list(parameters))
            return Answer([column[0] for column in found.description or []], found.fetchall())

    def save(self, sql: str, path: Path, form: Form, parameters: Sequence[str] = ()) -> int:
        """Write the answer to a query to a file and return the number of rows.

        Raises QueryError, or OSError if the file cannot be written. A file appears only once it is
        complete; a device, a pipe or the target of a link is written directly.
        """
        if path.exists() and not path.is_file():
            with path.open("wb") as file:
                return self.write(sql, file, form, parameters)
        whole = path.resolve()
        unfinished = whole.with_name(f"{whole.name}.unfinished")
        try:
            with unfinished.open("wb") as file:
                rows = self.write(sql, file, form, parameters)
            unfinished.replace(whole)
        finally:
            unfinished.unlink(missing_ok=True)
        return rows

    def write(self, sql: str, file: BinaryIO, form: Form, parameters: Sequence[str] = ()) -> int:
        """Write the answer to an open file and return the number of rows. Raises QueryError."""
        answer = Path(self._answers.name) / "answer"
        with in_words():
            rows = self._copy(translated(sql), answer, form, parameters)
        with answer.open("rb") as source:
            shutil.copyfileobj(source, file)
        return rows

    def _copy(self, sql: str, path: Path, form: Form, parameters: Sequence[str]) -> int:
        self._duckdb.execute(f"CREATE OR REPLACE TEMP TABLE answer AS {sql}", list(parameters))
        described = self._duckdb.execute("DESCRIBE answer").fetchall()
        columns = {str(name): str(kind) for name, kind, *_ in described}
        self._duckdb.execute(copy("answer", columns, self._headings([*columns], form), path, form))
        [(rows,)] = self._duckdb.execute("SELECT count(*) FROM answer").fetchall()
        return int(rows)

    def _headings(self, names: Sequence[str], form: Form) -> Sequence[str]:
        if form is not Form.CSV:
            return names
        asked = f"SELECT {', '.join(harmless('?') for _ in names)}"
        [values] = self._duckdb.execute(asked, list(names)).fetchall()
        return list(values)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._duckdb.close()
        self._answers.cleanup()


def open_lake(folder: Path) -> LocalLake:
    """Return the lake in a folder that `fetch` has filled. Raises QueryError if it is empty."""
    if not (folder / SCOPES.prefix).is_dir():
        raise QueryError(f"{folder}: no lake here; the first run writes it when it ends")
    return LocalLake(folder)


@contextmanager
def in_words() -> Iterator[None]:
    """Turn errors of engine and translation into QueryError, without terminal colours."""
    try:
        yield
    except (SqlglotError, duckdb.Error) as error:
        raise QueryError(_COLOURS.sub("", str(error))) from error
    except RecursionError as error:
        raise QueryError("the query is nested too deeply") from error


@lru_cache(maxsize=128)
def translated(sql: str) -> str:
    """Return one query in DuckDB's SQL; statements that write or set anything are rejected."""
    statements = sqlglot.parse(sql, read="athena")
    if len(statements) != 1:
        raise QueryError(f"one query at a time; there are {len(statements)}")
    [statement] = statements
    if not isinstance(statement, expressions.Query | expressions.Values):
        raise QueryError("only queries are answered: SELECT, WITH, VALUES or TABLE")
    return statement.sql(dialect="duckdb")


@lru_cache(maxsize=8)
def tables_of(sql: str) -> Sequence[tuple[str, str]]:
    """Return the tables that a WITH clause in Athena's SQL defines, in order, in DuckDB's SQL.

    Each is computed once and used by the following ones.
    """
    query = sqlglot.parse_one(f"{sql} SELECT 1", read="athena", into=expressions.Select)
    tables = []
    for defined in query.ctes:
        columns = [column.name for column in defined.args["alias"].columns]
        named = f"{defined.alias}({', '.join(columns)})" if columns else defined.alias
        tables.append((defined.alias, f"FROM ({defined.this.sql(dialect='duckdb')}) AS {named}"))
    return tables


def rows_of(table: Table, files: Sequence[str]) -> str:
    """Return the SQL of a table's rows in some files or patterns; without any, there are none.

    As in Athena, `$path` is the file that a row is in.
    """
    columns = {name: DUCKDB_TYPES[kind] for name, kind in table.columns.items()}
    partitions = dict.fromkeys(table.partitions, "VARCHAR")
    if not files:
        told = columns | partitions | {'"$path"': "VARCHAR"}
        nothing = (f"NULL::{kind} AS {name}" for name, kind in told.items())
        return f"SELECT {', '.join(nothing)} WHERE false"
    arguments = {
        "format": "'newline_delimited'",
        "ignore_errors": "true",  # a line that is not JSON becomes a row of nulls, as in Athena
        "columns": _map(columns),
        "maximum_object_size": LARGEST_LINE_BYTES,
        "filename": "'$path'",
        "hive_partitioning": "true",
        "hive_types": _map(partitions),
    }
    options = ", ".join(f"{name} = {value}" for name, value in arguments.items())
    return f"FROM read_json([{', '.join(map(quoted, files))}], {options})"


def _map(types: dict[str, str]) -> str:
    pairs = (f"{quoted(name)}: {quoted(kind)}" for name, kind in types.items())
    return f"{{{', '.join(pairs)}}}"
