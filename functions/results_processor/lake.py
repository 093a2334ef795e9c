"""What became of a run's scopes, as a file of the lake: without it no listing of the run counts."""

import gzip
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

from cidb2.draft import LEVEL
from cidb2.lake import line
from cidb2.scope import Scope
from cidb2.times import parse, sortable
from functions.results_processor.summary import public

Row = Mapping[str, Any]


def into_lake(rows: Iterable[Row], file: IO[bytes]) -> Iterator[Row]:
    """Hand a ledger's rows of scopes on, each of them written into `file` as a line of the lake."""
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=LEVEL, mtime=0) as lines:
        for row in rows:
            lines.write(line(_document(row)))
            yield row


def _document(row: Row) -> dict[str, Any]:
    scope = Scope(row["accountId"], row["service"], row["awsRegion"])
    times = {name: sortable(parse(row[name])) for name in ("startedAt", "finishedAt")}
    fields = {name: value for name, value in public(row).items() if name != "accountName"}
    return {"scope": str(scope), "isNarrowed": False, **fields, **times}
