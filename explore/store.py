"""Stores indexes: serves the newest while the next one is built."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from threading import Event, Lock, Thread
from time import time_ns

from cidb2.times import now
from explore.index import Index
from lake.answer import QueryError

_SQL = [Path(__file__).with_name(name).read_bytes() for name in ("listed.sql", "index.sql")]
LAYOUT = sha256(b"".join(_SQL)).hexdigest()[:8]
"""Identifies the tables of an index; other releases may have other tables."""

_NAME = re.compile(
    rf"index-{LAYOUT}-(?P<day>\d{{4}}-\d{{2}}-\d{{2}})-(?P<marks>\w+)-(?P<built>\d+)\.duckdb"
)


def new_name(day: date, marks: str) -> str:
    """Return the file name of a new index."""
    return f"index-{LAYOUT}-{day}-{marks}-{time_ns()}.duckdb"


@dataclass
class Store:
    """A folder of indexes, which are built in the background. A complete one replaces the previous.

    `build` writes the index of a day to a file. `marks` identifies its input: while it stays the
    same, nothing is built. `errors` are shown on pages.
    """

    folder: Path
    day: date | None
    build: Callable[[Path, date], None]
    marks: Callable[[], str]
    errors: tuple[type[Exception], ...] = (QueryError, OSError)
    failure: str = ""
    is_building: bool = False
    _index: Index | None = None
    _seen: str = ""
    _lock: Lock = field(default_factory=Lock)

    def open(self) -> None:
        """Serve the newest existing index of the wanted day, if there is one.

        Indexes of another release are removed.
        """
        for path in self.folder.glob("index-*.duckdb"):
            if not _NAME.fullmatch(path.name):
                path.unlink()
        named = filter(None, (_NAME.fullmatch(path.name) for path in self.folder.iterdir()))
        for each in sorted(named, key=lambda each: (each["day"], int(each["built"]))):
            if self.day is None or each["day"] == str(self.day):
                path = self.folder / each[0]
                try:
                    self._swap(Index(path))
                except QueryError:  # written by another release of DuckDB
                    path.unlink()
                    continue
                self._seen = f"{each['day']} {each['marks']}"

    @property
    def index(self) -> Index | None:
        """The current index, None until the first one is built."""
        return self._index

    def refresh(self) -> None:
        """Build an index if the lake has changed, and serve it."""
        self.is_building = True
        try:
            marks, day = self.marks(), self.day or now().date()
            if self._index is None or self._seen != f"{day} {marks}":
                path = self.folder / new_name(day, marks)
                self.build(path, day)
                self._swap(Index(path))
                self._seen = f"{day} {marks}"
            self.failure = ""
        except self.errors as error:
            self.failure = str(error)
        finally:
            self.is_building = False

    def keep_fresh(self, seconds: float, stopped: Event) -> Thread:
        """Refresh repeatedly in the background until `stopped` is set."""

        def run() -> None:
            self.refresh()
            while not stopped.wait(seconds):
                self.refresh()

        thread = Thread(target=run, name="index", daemon=True)
        thread.start()
        return thread

    def _swap(self, index: Index) -> None:
        """Serve an index and delete the previous file; running queries can still read it."""
        with self._lock:
            before, self._index = self._index, index
        if before:
            before.path.unlink(missing_ok=True)
