"""Builds the index: one DuckDB file of the newest complete listing of each scope.

python -m explore.building FOLDER TARGET DAY
"""

import sys
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from lake.answer import QueryError
from lake.duck import in_words, rows_of, tables_of, translated
from lake.export import quoted
from lake.relations import relations_sql
from lake.saved import ACCOUNTS, FOLDER, TODAY, saved_queries
from lake.tables import ITEMS, SCOPES

MEMORY = "600MB"
THREADS = 2
READ_AT_ONCE_BYTES = 16 * 1024 * 1024
SORTED_AT_ONCE = 200_000
"""Maximum bytes of compressed listings, and maximum resources, that fit into memory at once."""

DAYS_BACK = 30
"""Days that `resources.sql` covers."""

LISTED, MADE = (Path(__file__).with_name(name) for name in ("listed.sql", "index.sql"))
BLIND_SPOTS = "what-could-we-not-see"

Needed = Callable[[str], bool]


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
                "threads": THREADS,
                "temp_directory": str(place),
            },
        )
        days = (day - timedelta(days=back) for back in range(DAYS_BACK + 1))
        files = [
            str(path)
            for each in days
            for path in sorted((folder / SCOPES.prefix / f"run_date={each}").glob("*.jsonl.gz"))
        ]
        self._duckdb.execute(f"CREATE TABLE scopes AS {rows_of(SCOPES, files)}")
        self._tables = dict(tables_of((FOLDER / "resources.sql").read_text(encoding="utf-8")))
        for name in ("complete", "listings", "partly_listed"):
            self._keep(name, self._tables[name])

    def needed(self) -> Needed:
        found = self._duckdb.execute(
            """SELECT scopes.run_date, scopes.service, scopes.accountid, scopes.awsregion,
                scopes.runid
            FROM scopes LEFT JOIN listings ON scopes.scope = listings.scope
            WHERE listings.scope IS NULL OR scopes.startedat >= listings.startedat"""
        )
        needed = {
            f"{ITEMS.prefix}/run_date={run_date}/service={service}/{account}/{region}/{run_id}"
            for run_date, service, account, region, run_id in found.fetchall()
        }

        def is_needed(key: str) -> bool:
            place, _, file = key.rpartition("/")
            scope, _, _ = place.rpartition("/")
            return f"{scope}/{file.partition('.')[0]}" in needed

        return is_needed

    def read(self, is_needed: Needed) -> None:
        """Read the needed listings and create the other tables of the lake's SQL."""
        self._duckdb.execute(f"CREATE VIEW items AS {rows_of(ITEMS, [])}")
        for name in ("current_lines", "resources", "unreadable_lines"):
            self._keep(name, self._tables[name])
        for files in self._some(filter(is_needed, self._listings())):
            self._duckdb.execute(f"CREATE OR REPLACE VIEW items AS {rows_of(ITEMS, files)}")
            self._duckdb.execute("DROP TABLE current_lines")
            self._keep("current_lines", self._tables["current_lines"])
            for name in ("resources", "unreadable_lines"):
                self._duckdb.execute(f"INSERT INTO {name} {self._tables[name]}")
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

    def _listings(self) -> Iterable[str]:
        for path in sorted((self._folder / ITEMS.prefix).glob("*/*/*/*/*/*.jsonl.gz")):
            yield path.relative_to(self._folder).as_posix()

    def _some(self, files: Iterable[str]) -> Iterable[list[str]]:
        """Yield batches of paths whose files fit into memory."""
        some, size = list[str](), 0
        for file in files:
            path = self._folder / file
            some.append(str(path))
            size += path.stat().st_size
            if size > READ_AT_ONCE_BYTES:
                yield some
                some, size = [], 0
        if some:
            yield some

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
