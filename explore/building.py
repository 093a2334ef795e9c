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
from lake.duck import in_words, rows_of, translated
from lake.export import quoted
from lake.saved import A_DAY, ACCOUNTS, TODAY, saved_queries, with_resources
from lake.tables import ITEMS, SCOPES

MEMORY = "800MB"
DAYS_BACK = 30
"""How far `resources.sql` looks back."""

MADE = Path(__file__).with_name("index.sql")
BLIND_SPOTS = "what-could-we-not-see"
ORDER = "resourcetype, accountid, awsregion, resourcename, arn"

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
    """Return what tells whether a key of the lake is a listing that the index needs.

    Only the files of scopes must be in the folder. Raises QueryError.
    """
    with TemporaryDirectory(prefix=".needed-", dir=folder) as place, in_words():
        return _Staging(folder, Path(place), day).needed()


class _Staging:
    """A database beside the index: what is read of the lake, sorted, before it is split."""

    def __init__(self, folder: Path, place: Path, day: date) -> None:
        self._folder = folder
        self._day = day
        self._duckdb = duckdb.connect(
            place / "staging.duckdb",
            config={
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "memory_limit": MEMORY,
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
        self._duckdb.execute(f"CREATE VIEW items AS {rows_of(ITEMS, [])}")
        for name in ("listings", "partly_listed"):
            self._keep(name, f"SELECT * FROM {name}")  # noqa: S608 - names of ours

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
        """Read the listings that are needed into `resources`, in the order of the index."""
        files = filter(is_needed, self._listings())
        rows = rows_of(ITEMS, [str(self._folder / file) for file in files])
        self._duckdb.execute(f"CREATE OR REPLACE VIEW items AS {rows}")
        self._keep("resources", f"SELECT * FROM resources ORDER BY {ORDER}")  # noqa: S608

    def make(self, target: Path) -> None:
        """Write the index, once `resources` are read."""
        blind = saved_queries()[BLIND_SPOTS].question.replace(TODAY, f"DATE '{self._day}'")
        self._duckdb.execute(f"CREATE TABLE blind AS {translated(blind)}")
        defined = ACCOUNTS.read_text(encoding="utf-8")
        accounts = f"WITH {defined} SELECT * FROM accounts"  # noqa: S608 - a file of ours
        self._duckdb.execute(f"CREATE TABLE accounts AS {translated(accounts)}")
        self._duckdb.execute(f"ATTACH {quoted(str(target))} AS made")
        self._duckdb.execute(MADE.read_text(encoding="utf-8"))
        self._duckdb.execute("CREATE TABLE made.about AS SELECT ?::DATE AS day", [self._day])
        self._duckdb.execute("DETACH made")
        self._duckdb.close()

    def _listings(self) -> Iterable[str]:
        for path in sorted((self._folder / ITEMS.prefix).glob("*/*/*/*/*/*.jsonl.gz")):
            yield path.relative_to(self._folder).as_posix()

    def _keep(self, name: str, question: str) -> None:
        sql = with_resources(question, as_of_a_day=True)
        days = [str(self._day)] * sql.count(A_DAY)
        self._duckdb.execute(f"CREATE TABLE {name} AS {translated(sql)}", days)


def main(folder: str, target: str, day: str) -> None:
    try:
        build(Path(folder), Path(target), date.fromisoformat(day))
    except (QueryError, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
