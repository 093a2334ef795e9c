"""The lake: listings as compressed JSON lines in S3, for SQL.

A listing is compressed while it is read, and becomes visible in one step when it is
complete: by one PutObject or, if it is large, by completing a multipart upload. An incomplete
listing never becomes visible; a lifecycle rule of the bucket removes its parts.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cidb2.aws.members import member
from cidb2.aws.storage import storage
from cidb2.errors import StorageError
from cidb2.items.canonical import to_json
from cidb2.lake.draft import Draft
from cidb2.reasons import Failure, Reason, explain
from cidb2.scope import Scope

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX = "lake"
ITEMS = f"{PREFIX}/items"
SCOPES = f"{PREFIX}/scopes"

PART_BYTES = 5 * 1024 * 1024
"""S3 accepts 10,000 parts of at least 5 MiB, except the last (User Guide, 'Multipart upload
limits'). The buffers of 34 regions, and their copies in a checkpoint, fit on a function's disk."""


def items_key(scope: Scope, listing: str, run_id: str) -> str:
    """Return the key of a listing. Only folders named `<name>=<value>` are partitions."""
    partition = f"{ITEMS}/run_date={run_date(run_id)}/service={scope.service}"
    return f"{partition}/{scope.account_id}/{scope.region}/{listing}/{run_id}.jsonl.gz"


def scopes_key(run_id: str) -> str:
    """Return the key of the file of a run's scopes."""
    return f"{SCOPES}/run_date={run_date(run_id)}/{run_id}.jsonl.gz"


def run_date(run_id: str) -> str:
    """Return the day (UTC) on which a run began, from its id."""
    return f"{run_id[:4]}-{run_id[4:6]}-{run_id[6:8]}"


def line(document: Mapping[str, Any]) -> bytes:
    """Return a document as a line of the lake.

    Names are in lower case, like Athena's columns. Objects and lists are JSON text, so that the
    names within them keep their case.
    """
    columns = {
        name.lower(): to_json(value) if isinstance(value, Mapping | list) else value
        for name, value in document.items()
    }
    return to_json(columns).encode("ascii") + b"\n"


class Lake:
    """Writes listings.

    If S3 or the function's disk fails, the draft gets a failure, LAKE_NOT_WRITTEN.
    """

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def add(self, draft: Draft, key: str, item: bytes) -> None:
        """Add the line of an item to a listing; full parts of a large listing are uploaded."""
        if not draft.failure:
            self._try(draft, lambda: self._add(draft, key, item))

    def complete(self, draft: Draft, key: str) -> Failure | None:
        """Make the listing an object; return the failure if that is not possible.

        An empty listing gets no object: the scope's row says that it is complete.
        """
        if not draft.failure:
            self._try(draft, lambda: self._end(draft, key))
        return draft.failure

    def _try(self, draft: Draft, write: Callable[[], None]) -> None:
        try:
            with storage(self._bucket):
                write()
        except (StorageError, OSError) as error:
            draft.failure = replace(explain(error), reason=Reason.LAKE_NOT_WRITTEN)
            draft.clear()

    def _add(self, draft: Draft, key: str, item: bytes) -> None:
        draft.add(item)
        if draft.size >= PART_BYTES:
            self._upload(draft, key)

    def _end(self, draft: Draft, key: str) -> None:
        draft.end()
        if draft.upload_id:
            self._end_upload(draft, key)
        elif draft.size:
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=draft.from_start())

    def _upload(self, draft: Draft, key: str) -> None:
        if draft.upload_id is None:
            begun = self._s3.create_multipart_upload(Bucket=self._bucket, Key=key)
            draft.upload_id = member(begun, "UploadId")
        part = self._s3.upload_part(
            Bucket=self._bucket,
            Key=key,
            UploadId=draft.upload_id,
            PartNumber=len(draft.parts) + 1,
            Body=draft.from_start(),
        )
        draft.parts.append(member(part, "ETag"))
        draft.clear()

    def _end_upload(self, draft: Draft, key: str) -> None:
        if draft.size:
            self._upload(draft, key)
        self._s3.complete_multipart_upload(
            Bucket=self._bucket,
            Key=key,
            UploadId=draft.upload_id or "",
            MultipartUpload={
                "Parts": [
                    {"PartNumber": number, "ETag": tag} for number, tag in enumerate(draft.parts, 1)
                ]
            },
        )
