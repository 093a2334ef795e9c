"""Builds the index: one DuckDB file of the newest complete listing of each scope.

python -m explore.building FOLDER TARGET DAY
"""

import sys
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from lake.answer import QueryError
from lake.duck import in_words, rows_of, tables_of, translated
from lake.export import quoted
from lake.reading import (
    EMPTY_ITEMS,
    LINES,
    READING_THREADS,
    Needed,
    batches,
    needed,
    scopes_as_of,
)
from lake.relations import relations_sql
from lake.saved import ACCOUNTS, FOLDER, TODAY, saved_queries
from lake.tables import ITEMS

MEMORY = "600MB"
THREADS = 2
SORTED_AT_ONCE = 200_000
"""Maximum resources that fit into memory at once."""

LISTED, MADE = (Path(__file__).with_name(name) for name in ("listed.sql", "index.sql"))
BLIND_SPOTS = "what-could-we-not-see"


def build(folder: Path, target: Path, day: date) -> None:
    """Write the index of the lake in a folder, as of the end of a day, to a new file.

    Raises QueryError if the lake is empty or unreadable. `target` appears in one step.
    """
    unfinished = target.with_name(f".{target.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        with TemporaryDirectory(prefix=".building-", dir=target.parent) as place:
            staging = _Staging(folder, Path(place), day)
            with in_words():
                staging.read(staging.needed())
                staging.make(unfinished)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def needed_listings(folder: Path, day: date) -> Needed:
    """Return a function that tells whether the index needs a listing, by its key in the lake.

    Only the scope files must be in the folder. Raises QueryError.
    """
    with TemporaryDirectory(prefix=".needed-", dir=folder) as place, in_words():
        return _Staging(folder, Path(place), day).needed()


class _Staging:
    """A temporary database for reading and sorting the lake before it is split into tables."""

    def __init__(self, folder: Path, place: Path, day: date) -> None:
        self._folder = folder
        self._day = day
        self._duckdb = duckdb.connect(
            place / "staging.duckdb",
            config={
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "memory_limit": MEMORY,
                "preserve_insertion_order": False,
                "threads": READING_THREADS,
                "temp_directory": str(place),
            },
        )
        self._duckdb.execute(f"CREATE TABLE scopes AS {scopes_as_of(folder, day)}")
        self._tables = dict(tables_of((FOLDER / "resources.sql").read_text(encoding="utf-8")))
        for name in ("complete", "listings", "partly_listed"):
            self._keep(name, self._tables[name])

    def needed(self) -> Needed:
        return needed(self._duckdb)

    def read(self, is_needed: Needed) -> None:
        """Read the needed listings and create the other tables of the lake's SQL."""
        self._duckdb.execute(f"CREATE VIEW items AS {EMPTY_ITEMS}")
        for name in (LINES, "resources", "unreadable_lines"):
            self._keep(name, self._tables[name])
        for files in batches(self._folder, is_needed):
            self._duckdb.execute(f"CREATE OR REPLACE VIEW items AS {rows_of(ITEMS, files)}")
            self._duckdb.execute(f"DROP TABLE {LINES}")
            self._keep(LINES, self._tables[LINES])
            for name in ("resources", "unreadable_lines"):
                self._duckdb.execute(f"INSERT INTO {name} {self._tables[name]}")
        self._duckdb.execute(f"SET threads = {THREADS}")
        defined = ACCOUNTS.read_text(encoding="utf-8"), f"WITH {relations_sql()}"
        for name, sql in [*tables_of(f"WITH {defined[0]}"), *tables_of(defined[1])]:
            self._keep(name, sql)

    def make(self, target: Path) -> None:
        """Write the index after the lake has been read."""
        self._keep("blind", translated(saved_queries()[BLIND_SPOTS].question))
        self._duckdb.execute(f"ATTACH {quoted(str(target))} AS made")
        self._duckdb.execute(LISTED.read_text(encoding="utf-8"))
        [(resources,)] = self._duckdb.execute("SELECT count(*) FROM resources").fetchall()
        for first in range(1, resources + 1, SORTED_AT_ONCE):
            self._duckdb.execute(
                "INSERT INTO made.listed FROM ranked WHERE n BETWEEN ? AND ? ORDER BY n",
                [first, first + SORTED_AT_ONCE - 1],
            )
        self._duckdb.execute(MADE.read_text(encoding="utf-8"))
        self._duckdb.execute("CREATE TABLE made.about AS SELECT ?::DATE AS day", [self._day])
        self._duckdb.execute("DETACH made")
        self._duckdb.close()

    def _keep(self, name: str, sql: str) -> None:
        """Create a table from the lake's SQL, as of the day."""
        as_of_the_day = sql.replace(TODAY.upper(), f"CAST('{self._day}' AS DATE)")
        self._duckdb.execute(f"CREATE TABLE {name} AS {as_of_the_day}")


def main(folder: str, target: str, day: str) -> None:
    try:
        build(Path(folder), Path(target), date.fromisoformat(day))
    except (QueryError, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
