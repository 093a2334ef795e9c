"""Reads the current listings of a lake into DuckDB, a batch of files at a time."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb

from lake.duck import rows_of
from lake.tables import ITEMS, SCOPES

DAYS_BACK = 30
"""Days that `resources.sql` covers."""

READ_AT_ONCE_BYTES = 4 * 1024 * 1024
"""Maximum bytes of compressed listings that fit into memory at once."""

FILES_AT_ONCE = 500
"""Maximum number of listings at once, however small they are: one statement names them all."""

READING_THREADS = 1
"""Each thread that reads JSON holds 256 MB: two buffers, each twice as long as the longest line.
More threads read no faster, and four do not fit into the memory of an import."""

LINES = "current_lines"
EMPTY_ITEMS = rows_of(ITEMS, [])

Needed = Callable[[str], bool]


def scopes_as_of(folder: Path, day: date) -> str:
    """Return the SQL of the scopes of the runs until the end of a day."""
    days = (day - timedelta(days=back) for back in range(DAYS_BACK + 1))
    files = [
        str(path)
        for each in days
        for path in sorted((folder / SCOPES.prefix / f"run_date={each}").glob("*.jsonl.gz"))
    ]
    return rows_of(SCOPES, files)


def needed(connection: duckdb.DuckDBPyConnection) -> Needed:
    """Return a function that tells whether a listing may be current, by its key in the lake.

    The connection has the tables `scopes` and `listings`.
    """
    found = connection.execute(
        """SELECT scopes.run_date, scopes.service, scopes.accountid, scopes.awsregion, scopes.runid
        FROM scopes LEFT JOIN listings ON scopes.scope = listings.scope
        WHERE listings.scope IS NULL OR scopes.startedat >= listings.startedat"""
    )
    keys = {
        f"{ITEMS.prefix}/run_date={run_date}/service={service}/{account}/{region}/{run_id}"
        for run_date, service, account, region, run_id in found.fetchall()
    }

    def is_needed(key: str) -> bool:
        place, _, file = key.rpartition("/")
        scope, _, _ = place.rpartition("/")
        return f"{scope}/{file.partition('.')[0]}" in keys

    return is_needed


def batches(folder: Path, is_needed: Needed) -> Iterator[list[str]]:
    """Yield the paths of the needed listings, in batches whose files fit into memory.

    Files of one listing follow each other, so that rows of one type are stored together and
    DuckDB skips the others.
    """
    every = (folder / ITEMS.prefix).glob("*/*/*/*/*/*.jsonl.gz")
    wanted = [path for path in every if is_needed(path.relative_to(folder).as_posix())]
    some, size = list[str](), 0
    for path in sorted(wanted, key=_listing):
        some.append(str(path))
        size += path.stat().st_size
        if size > READ_AT_ONCE_BYTES or len(some) == FILES_AT_ONCE:
            yield some
            some, size = [], 0
    if some:
        yield some


def _listing(path: Path) -> tuple[str, ...]:
    """Return a sort key: service and listing, then the rest of the path."""
    *_, service, _, _, listing, _ = path.parts
    return service, listing, *path.parts
