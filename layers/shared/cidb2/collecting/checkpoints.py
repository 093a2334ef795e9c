"""Checkpoints: the progress of a collection, kept in S3 between two invocations."""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any, Self
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from cidb2.aws.storage import storage
from cidb2.aws.trail import Trail
from cidb2.items.digests import Digests
from cidb2.lake.draft import KEPT_IN_MEMORY, Draft
from cidb2.ledger.tally import Tally
from cidb2.reasons import Failure
from cidb2.times import iso, now, parse

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX = "checkpoints"

_DOCUMENT = "checkpoint.json"
_DRAFT = "{}.jsonl.gz"
"""The name of a draft's file, by the position of its listing in the document."""


@dataclass
class Progress:
    """The progress of one listing: its current page, what it has seen, and its figures.

    `token` is the token of the current page, and `trail` the path to it. `seen` holds every ARN
    found so far, `gone` those of the page that vanished before they were read. `restarts` counts
    how often AWS was asked again. `is_listed` is set at the end of the listing, `is_narrowed` if
    the run skipped part of it, `has_gaps` if a page did not name everything, `is_finished` once
    nothing is left to do. `problem` is the reason why the listing will not be complete, `error` the
    one that ended it, and `draft` its lines for the lake.
    """

    started_at: datetime = field(default_factory=now)
    token: str | None = None
    trail: Trail = field(default_factory=Trail)
    seen: Digests = field(default_factory=Digests)
    gone: set[str] = field(default_factory=set)
    restarts: int = 0
    is_listed: bool = False
    is_narrowed: bool = False
    has_gaps: bool = False
    is_finished: bool = False
    tally: Tally = field(default_factory=Tally)
    problem: Failure | None = None
    error: Failure | None = None
    draft: Draft = field(default_factory=Draft)

    def turn_to(self, token: str | None) -> None:
        """Go to the page of a token, or to the first. PaginationError if the token leads back."""
        if token:
            self.trail.follow(token)
        else:
            self.trail = Trail()
        self.token = token
        self.gone.clear()

    def to_document(self) -> dict[str, Any]:
        return {
            "startedAt": iso(self.started_at),
            "token": self.token,
            "trail": asdict(self.trail),
            "seen": self.seen.to_document(),
            "gone": sorted(self.gone),
            "restarts": self.restarts,
            "isListed": self.is_listed,
            "isNarrowed": self.is_narrowed,
            "hasGaps": self.has_gaps,
            "tally": self.tally.to_document(),
            "isFinished": self.is_finished,
            "problem": asdict(self.problem) if self.problem else None,
            "error": asdict(self.error) if self.error else None,
            "draft": self.draft.to_document(),
        }

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        problem, error = document["problem"], document["error"]
        return cls(
            started_at=parse(document["startedAt"]),
            token=document["token"],
            trail=Trail(**document["trail"]),
            seen=Digests.parse(document["seen"]),
            gone=set(document["gone"]),
            restarts=document["restarts"],
            is_listed=document["isListed"],
            is_narrowed=document["isNarrowed"],
            has_gaps=document["hasGaps"],
            tally=Tally.parse(document["tally"]),
            is_finished=document["isFinished"],
            problem=Failure.parse(problem) if problem else None,
            error=Failure.parse(error) if error else None,
            draft=Draft.parse(document["draft"]),
        )


Scopes = dict[str, dict[str, Progress]]
"""The listings of each scope that have not ended, by region and name."""


@dataclass
class ServiceProgress:
    """The open scopes of a service, and its figures so far."""

    scopes: Scopes = field(default_factory=dict)
    publishing: Mapping[str, Any] = field(default_factory=dict)
    outcomes: Mapping[str, int] = field(default_factory=dict)

    def to_document(self) -> dict[str, Any]:
        return {
            "publishing": self.publishing,
            "outcomes": self.outcomes,
            "scopes": {
                region: {name: progress.to_document() for name, progress in listings.items()}
                for region, listings in self.scopes.items()
            },
        }

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        scopes = {
            region: {name: Progress.parse(progress) for name, progress in listings.items()}
            for region, listings in document["scopes"].items()
        }
        return cls(scopes, document["publishing"], document["outcomes"])


@dataclass
class Checkpoint:
    """What an invocation passes to the next: how far each service is."""

    number: int = 0
    services: Mapping[str, ServiceProgress] = field(default_factory=dict)

    @property
    def listings(self) -> Iterator[Progress]:
        """The progress of every open listing, always in the same order."""
        for service in self.services.values():
            for listings in service.scopes.values():
                yield from listings.values()


class Checkpoints:
    """Checkpoints as objects in S3. Both methods raise StorageError, or OSError on a full disk.

    Each checkpoint has its own key, so an invocation that is retried starts from the same
    checkpoint. It is a single archive, so it exists completely or not at all.
    """

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def save(self, place: str, checkpoint: Checkpoint) -> dict[str, Any]:
        """Write a checkpoint and return the continuation that `load` expects."""
        key = f"{PREFIX}/{place}/{checkpoint.number}.zip"
        with SpooledTemporaryFile(KEPT_IN_MEMORY) as file:
            with ZipFile(file, "w") as archive:
                _write(archive, checkpoint)
            file.seek(0)
            with storage(self._bucket):
                self._s3.put_object(Bucket=self._bucket, Key=key, Body=file)
        return {"key": key, "number": checkpoint.number}

    def load(self, continuation: Mapping[str, Any]) -> Checkpoint:
        """Return the checkpoint that a continuation names."""
        with SpooledTemporaryFile(KEPT_IN_MEMORY) as file:
            with storage(self._bucket):
                answer = self._s3.get_object(Bucket=self._bucket, Key=continuation["key"])
                shutil.copyfileobj(answer["Body"], file)
            with ZipFile(file) as archive:
                return _read(archive)


def _write(archive: ZipFile, checkpoint: Checkpoint) -> None:
    document = {
        "number": checkpoint.number,
        "services": {name: each.to_document() for name, each in checkpoint.services.items()},
    }
    archive.writestr(ZipInfo(_DOCUMENT), json.dumps(document), ZIP_DEFLATED)
    for number, progress in enumerate(checkpoint.listings):
        with archive.open(ZipInfo(_DRAFT.format(number)), "w") as file:
            progress.draft.save(file)


def _read(archive: ZipFile) -> Checkpoint:
    document = json.loads(archive.read(_DOCUMENT))
    services = document["services"].items()
    checkpoint = Checkpoint(
        document["number"], {name: ServiceProgress.parse(each) for name, each in services}
    )
    for number, progress in enumerate(checkpoint.listings):
        with archive.open(_DRAFT.format(number)) as file:
            progress.draft.restore(file)
    return checkpoint
