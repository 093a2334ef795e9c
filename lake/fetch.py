"""Downloads new files of the lake from S3, for DuckDB to read.

Anybody who can write to the bucket chooses keys. Only a key that is a plain path below a table's
prefix becomes a file, and no file is written through a symbolic link.
"""

import errno
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from s3transfer.futures import TransferFuture
from s3transfer.manager import TransferConfig, TransferManager
from s3transfer.subscribers import BaseSubscriber

from lake.tables import SCOPES, TABLES, Table

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

TOGETHER = 16
ENDING = ".jsonl.gz"
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.=-]{0,127}")


@dataclass(frozen=True)
class Fetched:
    """The number of downloaded files, and the skipped keys, which no run writes."""

    files: int
    refused: tuple[str, ...] = ()


def fetch(
    s3: "S3Client",
    bucket: str,
    folder: Path,
    since: date | None = None,
    *,
    tables: Iterable[Table] = TABLES,
    wanted: Callable[[str], bool] = lambda _: True,
) -> Fetched:
    """Download the lake's files, of all days or of those since `since`, whose keys are `wanted`.

    A file that exists in the same size is skipped: complete files only change if the end of a run
    is retried. Files appear only once they are complete. AWS's errors propagate; OSError names a
    symbolic link where a file or folder should be.

    Scopes are listed first: the listings that a run's scopes count are then there already.
    """
    listed = [
        one
        for table in sorted(tables, key=lambda table: table is not SCOPES)
        for one in _listed(s3, bucket, f"{table.prefix}/", since)
        if not one["Key"].endswith("/")  # the console's marker of an empty folder
    ]
    missing = [
        one
        for one in listed
        if is_of_the_lake(one["Key"])
        and wanted(one["Key"])
        and not _is_there(_place(folder, one["Key"]), one["Size"])
    ]
    with TransferManager(s3, TransferConfig(max_request_concurrency=TOGETHER)) as manager:
        for done in [_begin(manager, bucket, one, folder) for one in missing]:
            done.result()
    refused = (one["Key"] for one in listed if not is_of_the_lake(one["Key"]))
    return Fetched(len(missing), tuple(refused))


def is_of_the_lake(key: str) -> bool:
    """Return whether a run could have written a key: plain folder names, then a file name.

    `..`, an empty name (an absolute path) and a backslash are not plain. Folder names never end
    like file names, so no key blocks another.
    """
    *folders, file = key.split("/")
    return (
        all(map(_PLAIN.fullmatch, (*folders, file)))
        and file.endswith(ENDING)
        and not any(name.endswith(ENDING) for name in folders)
    )


def _listed(s3: "S3Client", bucket: str, prefix: str, since: date | None) -> list[Any]:
    after = f"{prefix}run_date={since.isoformat()}" if since else ""
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=prefix, StartAfter=after
    )
    return [one for page in pages for one in page.get("Contents", [])]


def _place(folder: Path, key: str) -> Path:
    """Return the path of a key's file below the folder."""
    parts = PurePosixPath(key)
    for part in (parts, *parts.parents[:-1]):
        if (folder / part).is_symlink():
            message = f"a symbolic link, where {key} of the lake belongs"
            raise OSError(errno.ELOOP, message, str(folder / part))
    return folder / parts


def _is_there(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def _begin(manager: TransferManager, bucket: str, listed: Any, folder: Path) -> TransferFuture:
    """Start to download a file, which appears under its name once it is complete."""
    path = _place(folder, listed["Key"])
    path.parent.mkdir(parents=True, exist_ok=True)
    return manager.download(bucket, listed["Key"], str(path), subscribers=[_Known(listed)])


class _Known(BaseSubscriber):
    """Passes the listing's metadata to a download, which then makes no HeadObject call."""

    def __init__(self, listed: Any) -> None:
        self._listed = listed

    def on_queued(self, future: TransferFuture, **_: Any) -> None:
        future.meta.provide_transfer_size(self._listed["Size"])
        future.meta.provide_object_etag(self._listed["ETag"])
