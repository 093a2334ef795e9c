"""Writes the outcomes of a run's scopes to the lake; without them, no listing of the run counts."""

import gzip
from typing import IO, Any, Self

from cidb2.lake.draft import LEVEL
from cidb2.lake.listings import line
from cidb2.scope import Scope
from cidb2.times import parse, sortable
from functions.results_processor.sinks import Row, public


class LakeFile:
    """A sink that writes each scope as a line of the lake; complete when its block ends."""

    def __init__(self, file: IO[bytes]) -> None:
        self._lines = gzip.GzipFile(fileobj=file, mode="wb", compresslevel=LEVEL, mtime=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()

    def take(self, row: Row) -> None:
        self._lines.write(line(_document(row)))


def _document(row: Row) -> dict[str, Any]:
    scope = Scope(row["accountId"], row["service"], row["awsRegion"])
    times = {name: sortable(parse(row[name])) for name in ("startedAt", "finishedAt")}
    fields = {name: value for name, value in public(row).items() if name != "accountName"}
    return {"scope": str(scope), "isNarrowed": False, **fields, **times}
