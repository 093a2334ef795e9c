"""Fetching the lake from S3, so that DuckDB can read it: what is new, and nothing twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

from lake.tables import TABLES

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

TOGETHER = 16


def fetch(s3: "S3Client", bucket: str, folder: Path, since: date | None = None) -> int:
    """Bring the lake's files, of all days or of those from `since` on, and return how many.

    A file that is there in the same size stays: what is complete does not change, but for a run's
    end that is tried again. AWS's errors pass through; no file is ever there by half.
    """
    wanted = [
        one
        for table in TABLES
        for one in _listed(s3, bucket, f"{table.prefix}/", since)
        if not _is_there(folder / one["Key"], one["Size"])
    ]
    with ThreadPoolExecutor(TOGETHER, "fetch") as threads:
        for done in [threads.submit(_bring, s3, bucket, one["Key"], folder) for one in wanted]:
            done.result()
    return len(wanted)


def _listed(s3: "S3Client", bucket: str, prefix: str, since: date | None) -> list[Any]:
    after = f"{prefix}run_date={since.isoformat()}" if since else ""
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=prefix, StartAfter=after
    )
    return [one for page in pages for one in page.get("Contents", [])]


def _is_there(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def _bring(s3: "S3Client", bucket: str, key: str, folder: Path) -> None:
    path = folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, suffix=".unfinished", delete=False) as file:
        s3.download_fileobj(bucket, key, file)
    Path(file.name).replace(path)
