"""Imports relations into a DuckDB file beside the lake, for fast answers.

The file is rebuilt if the lake's files, the day or the SQL have changed.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import duckdb

from lake.answer import Answer
from lake.duck import in_words, rows_of, tables_of, translated
from lake.reading import EMPTY_ITEMS, LINES, READING_THREADS, batches, needed, scopes_as_of
from lake.relations import relations_sql
from lake.saved import ACCOUNTS, FOLDER
from lake.tables import ITEMS, TABLES

IMPORTED = (
    *(LINES, "unreadable_lines", "accounts", "collected", "scopes_of_late"),
    *("listing_states", "relation_states", "names", "relations"),
)
"""Tables that are kept with their rows."""

DERIVED = ("resources", "unknown_listings", "edges", "turned")
"""Tables that are kept as views of others."""

MEMORY = "1GB"
"""DuckDB's limit, beyond which it uses the disk; reading JSON takes a few hundred MB more."""

_NAME = "relations-{}.duckdb"
_UNFINISHED = ".unfinished"
_FILES = "*.jsonl.gz"
_DAY_SECONDS = 24 * 3600
_CONFIG: dict[str, Any] = {
    "memory_limit": MEMORY,
    "preserve_insertion_order": False,
    "threads": min(4, os.cpu_count() or 1),
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


@dataclass(frozen=True)
class Imported:
    """Answers queries that use only resources and relations."""

    _duckdb: duckdb.DuckDBPyConnection

    def ask(self, sql: str, parameters: Sequence[str] = ()) -> Answer:
        """Return the answer to a query in Athena's SQL. Raises QueryError."""
        with in_words():
            found = self._duckdb.execute(translated(sql), list(parameters))
            return Answer([column[0] for column in found.description or []], found.fetchall())


@contextmanager
def imported(folder: Path) -> Iterator[Imported]:
    """Yield the relations of a lake, importing them first if necessary."""
    path = folder / _NAME.format(_state(folder))
    if not path.exists():
        _import(folder, path)
    with in_words():
        connection = duckdb.connect(str(path), read_only=True, config=_CONFIG)
    with connection as opened:
        opened.execute("SET enable_external_access = false")
        opened.execute("SET lock_configuration = true")
        yield Imported(opened)


def _state(folder: Path) -> str:
    """Return a digest of what the import depends on: the files, the day, and the SQL."""
    files = sorted(file for table in TABLES for file in (folder / table.prefix).rglob(_FILES))
    told = [f"{file.relative_to(folder)} {file.stat().st_size}" for file in files]
    told += [f"{datetime.now(UTC):%Y-%m-%d}", _definitions(), " ".join(IMPORTED + DERIVED)]
    return blake2b("\n".join(told).encode(), digest_size=12).hexdigest()


def _import(folder: Path, path: Path) -> None:
    """Write the tables to a file that appears once complete, and remove earlier ones.

    Each process writes its own file. Files of killed processes are removed after a day.
    """
    for abandoned in folder.glob(f"*{_UNFINISHED}"):
        if time.time() - abandoned.stat().st_mtime > _DAY_SECONDS:
            abandoned.unlink(missing_ok=True)
    unfinished = path.with_suffix(f".{uuid4().hex}{_UNFINISHED}")
    with (
        TemporaryDirectory(prefix="importing-", dir=folder) as spilled,
        in_words(),
        duckdb.connect(str(unfinished), config=_CONFIG | {"temp_directory": spilled}) as made,
    ):
        made.execute(f"SET threads = {READING_THREADS}")
        today = datetime.now(UTC).date()
        made.execute(f"CREATE TEMP TABLE scopes AS {scopes_as_of(folder, today)}")
        made.execute(f"CREATE TEMP VIEW items AS {EMPTY_ITEMS}")
        for name, sql in tables_of(_definitions()):
            kept = "TABLE" if name in IMPORTED else "VIEW" if name in DERIVED else "TEMP TABLE"
            made.execute(f"CREATE {kept} {name} AS {sql}")
            if name == LINES:
                _fill(made, folder, sql)
    unfinished.replace(path)
    for earlier in folder.glob(_NAME.format("*")):
        if earlier != path:
            earlier.unlink(missing_ok=True)


def _fill(made: duckdb.DuckDBPyConnection, folder: Path, lines: str) -> None:
    for files in batches(folder, needed(made)):
        made.execute(f"CREATE OR REPLACE TEMP VIEW items AS {rows_of(ITEMS, files)}")
        made.execute(f"INSERT INTO {LINES} {lines}")
    made.execute(f"SET threads = {_CONFIG['threads']}")


def _definitions() -> str:
    """Return the definitions of all tables, as a WITH clause."""
    resources = (FOLDER / "resources.sql").read_text().strip()
    return ",\n".join([resources, ACCOUNTS.read_text().strip(), relations_sql()])
