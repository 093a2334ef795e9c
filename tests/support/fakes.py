"""Fakes of what CIDB2 calls: they record their input, and fail as configured by the test."""

import json
import operator
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from copy import deepcopy
from io import BytesIO
from threading import Lock, RLock
from typing import TYPE_CHECKING, Any
from zlib import crc32

from botocore import xform_name

from cidb2.aws.attributes import from_attributes, to_attributes
from cidb2.aws.table import Row, Table
from cidb2.items.rows import current_row
from cidb2.publishing.batching import MAX_REQUEST_ENTRIES
from cidb2.publishing.messages import MAX_REQUEST_BYTES, message_size
from tests.support.builders import client_error

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

    from cidb2.errors import StorageError


class InlineExecutor(Executor):
    """Runs each submitted job immediately, in the caller's thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - whatever it is, the future holds it
            future.set_exception(error)
        return future


class FakeSns:
    """SNS with its limits. `verdict` and `on_request` decide what it rejects.

    `verdict` returns an error code for a message's body, or None to accept it. `on_request`
    receives the bodies of a request and may raise to reject all of it.
    """

    def __init__(
        self,
        verdict: Callable[[str], str | None] = lambda _: None,
        on_request: Callable[[list[str]], None] = lambda _: None,
    ) -> None:
        self.verdict = verdict
        self.on_request = on_request
        self.delivered: list[str] = []
        self.batches: list[list[str]] = []
        self.singles: list[str] = []
        self.attributes: list[Mapping[str, Any]] = []
        self._lock = Lock()

    def publish_batch(
        self, *, TopicArn: str, PublishBatchRequestEntries: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        entries = PublishBatchRequestEntries
        self._check_limits(entries)
        bodies = [entry["Message"] for entry in entries]
        self.batches.append(bodies)
        self.on_request(bodies)
        with self._lock:
            codes = {entry["Id"]: self.verdict(entry["Message"]) for entry in entries}
            accepted = [entry for entry in entries if codes[entry["Id"]] is None]
            self._accept(accepted)
        return {
            "Successful": [{"Id": entry["Id"], "MessageId": "m"} for entry in accepted],
            "Failed": [
                {"Id": number, "Code": code, "Message": "", "SenderFault": False}
                for number, code in codes.items()
                if code
            ],
        }

    def publish(
        self, *, TopicArn: str, Message: str, MessageAttributes: Mapping[str, Any]
    ) -> dict[str, Any]:
        self.singles.append(Message)
        self.on_request([Message])
        with self._lock:
            if code := self.verdict(Message):
                raise client_error(code)
            self._accept([{"Message": Message, "MessageAttributes": MessageAttributes}])
        return {"MessageId": "m"}

    @property
    def items(self) -> list[dict[str, Any]]:
        """The delivered messages, decoded."""
        return [json.loads(body) for body in self.delivered]

    def _accept(self, entries: Iterable[Mapping[str, Any]]) -> None:
        for entry in entries:
            self.delivered.append(entry["Message"])
            self.attributes.append(_texts(entry["MessageAttributes"]))

    def _check_limits(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """Reject what SNS rejects (SNS API Reference, PublishBatch)."""
        if not entries:
            raise client_error("EmptyBatchRequest")
        if len(entries) > MAX_REQUEST_ENTRIES:
            raise client_error("TooManyEntriesInBatchRequest")
        if len({entry["Id"] for entry in entries}) < len(entries):
            raise client_error("BatchEntryIdsNotDistinct")
        size = sum(
            message_size(entry["Message"], _texts(entry["MessageAttributes"])) for entry in entries
        )
        if size > MAX_REQUEST_BYTES:
            raise client_error("BatchRequestTooLong")


class FakeS3:
    """A bucket in memory. While `refusal` is set, calls for keys below `refused` raise it."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.reads: list[str] = []
        self.writes: list[str] = []
        self.types: dict[str, str] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self.refusal: ClientError | None = None
        self.refused = ""

    def put_object(
        self, *, Bucket: str, Key: str, Body: Any, ContentType: str = ""
    ) -> dict[str, Any]:
        self._refuse(Key)
        self.objects[Key] = _bytes(Body)
        self.types[Key] = ContentType
        self.writes.append(Key)
        return {}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        self._refuse(Key)
        self.reads.append(Key)
        if Key not in self.objects:
            raise client_error("NoSuchKey", status=404)
        return {"Body": BytesIO(self.objects[Key])}

    def create_multipart_upload(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        self._refuse(Key)
        upload = f"upload {len(self.uploads)} of {Key}"
        self.uploads[upload] = {}
        return {"UploadId": upload}

    def upload_part(
        self, *, Bucket: str, Key: str, UploadId: str, PartNumber: int, Body: Any
    ) -> dict[str, Any]:
        self._refuse(Key)
        part = self.uploads[UploadId][PartNumber] = _bytes(Body)
        return {"ETag": f"{PartNumber} {crc32(part)}"}

    def complete_multipart_upload(
        self, *, Bucket: str, Key: str, UploadId: str, MultipartUpload: Any
    ) -> dict[str, Any]:
        self._refuse(Key)
        parts = self.uploads.pop(UploadId)
        body = b""
        for part in MultipartUpload["Parts"]:
            held = parts[part["PartNumber"]]
            assert part["ETag"] == f"{part['PartNumber']} {crc32(held)}"
            body += held
        return self.put_object(Bucket=Bucket, Key=Key, Body=body)

    def _refuse(self, key: str) -> None:
        if self.refusal and key.startswith(self.refused):
            raise self.refusal


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else bytes(body.read())


KEY_CONDITION = re.compile(
    r"(\w+) = (:\w+)"
    r"(?: AND (?:sk (?P<comparison>=|>=) (?P<value>:\w+)|begins_with\(sk, (?P<prefix>:\w+)\)))?"
)
"""The subset of DynamoDB's key conditions that CIDB2 uses."""

COMPARISONS: Mapping[str, Callable[[str, str], bool]] = {"=": operator.eq, ">=": operator.ge}


class MemoryTable(Table):
    """A table in memory that returns rows like DynamoDB; it supports CIDB2's queries."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Row] = {}
        self.refusal: StorageError | None = None
        self._lock = RLock()

    def put(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._refuse()
        with self._lock:
            for row in rows:
                self.rows[row["pk"], row["sk"]] = _as_stored(row)

    def get(self, keys: Iterable[Mapping[str, str]], fields: Sequence[str] = ()) -> Iterator[Row]:
        self._refuse()
        for key in keys:
            if row := self.rows.get((key["pk"], key["sk"])):
                yield {name: row[name] for name in row if not fields or name in fields}

    def query(self, condition: str, values: Mapping[str, Any], **options: Any) -> Iterator[Row]:
        self._refuse()
        parts = KEY_CONDITION.fullmatch(condition)
        assert parts, f"DynamoDB does not understand {condition}"
        key, partition = parts.group(1, 2)
        bound = parts["value"] or parts["prefix"]
        assert {partition, bound} - {None} == values.keys()
        matches = COMPARISONS[parts["comparison"]] if parts["comparison"] else str.startswith
        chosen = [
            dict(row)
            for row in [*self.rows.values()]
            if row.get(key) == values[partition]
            and matches(row["sk"], values[bound] if bound else "")
        ]
        backwards = not options.get("ScanIndexForward", True)
        chosen.sort(key=lambda row: row["sk"], reverse=backwards)
        if names := options.get("ExpressionAttributeNames"):
            asked = {*names.values()}
            chosen = [{name: row[name] for name in row.keys() & asked} for row in chosen]
        yield from chosen[: options.get("PaginationConfig", {}).get("MaxItems")]

    def scan(self, **options: Any) -> Iterator[Row]:
        """Yield the rows of one segment of the type index."""
        self._refuse()
        segment, segments = options["Segment"], options["TotalSegments"]
        rows = [*self.rows.values()][segment::segments]
        yield from (dict(row) for row in rows if "typeKey" in row)

    def update(self, key: Mapping[str, str], fields: Mapping[str, Any]) -> None:
        self._refuse()
        with self._lock:
            row = self.rows.setdefault((key["pk"], key["sk"]), dict(key))
            self.rows[key["pk"], key["sk"]] = _as_stored({**row, **fields})

    def update_version(self, key: Mapping[str, str], seen: int, fields: Mapping[str, Any]) -> bool:
        self._refuse()
        with self._lock:
            if self.rows.get((key["pk"], key["sk"]), {}).get("version", 0) != seen:
                return False
            self.update(key, {**fields, "version": seen + 1})
            return True

    def store(self, items: Iterable[Mapping[str, Any]]) -> None:
        """Store items as the reporter would if they arrived in order."""
        for item in items:
            row = from_attributes(current_row(item, None))  # type: ignore[arg-type]  # decoded
            self.rows[row["pk"], row["sk"]] = row

    def beginning(self, prefix: str) -> list[Row]:
        """Return the rows whose sort key begins with `prefix`, in order."""
        return [row for (_, sk), row in sorted(self.rows.items()) if sk.startswith(prefix)]

    def _refuse(self) -> None:
        if self.refusal:
            raise self.refusal


class FakeAws:
    """A client of any service: each operation returns its entry in `answers`.

    An answer is a response, an exception to raise, or a function of the call's arguments. A
    paginator's answer is a list of pages. An operation without an answer is denied, as AWS denies
    what nobody allows. `calls` counts the calls.
    """

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.calls: Counter[str] = Counter()
        self.arguments: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self.meta = FakeMeta()

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        if operation.startswith("__"):
            raise AttributeError(operation)
        return lambda **arguments: self._answer(operation, arguments)

    def get_paginator(self, operation: str) -> "FakePaginator":
        return FakePaginator(lambda **arguments: self._answer(operation, arguments))

    def _answer(self, operation: str, arguments: dict[str, Any]) -> Any:
        self.calls[operation] += 1
        self.arguments[operation].append(arguments)
        answer = self.answers.get(operation, client_error("AccessDeniedException"))
        if callable(answer):
            answer = answer(**arguments)
        if isinstance(answer, Exception):
            raise answer
        return answer


class FakeMeta:
    partition = "aws"


class FakePaginator:
    """Yields its client's pages, as fresh copies each time."""

    def __init__(self, pages: Callable[..., Any]) -> None:
        self._pages = pages

    def paginate(self, **arguments: Any) -> Iterator[Any]:
        for page in self._pages(**arguments):
            if isinstance(page, Exception):
                raise page
            yield deepcopy(page)


class FakeCounts:
    """Request counts, set by a test."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str]] = Counter()
        self.throttles = 0

    def requests_so_far(self) -> Counter[tuple[str, str]]:
        return self.requests.copy()

    def requests_since(self, before: Counter[tuple[str, str]], region: str | None = None) -> int:
        new = self.requests - before
        return sum(count for (place, _), count in new.items() if region in (None, place))

    def throttles_so_far(self) -> int:
        return self.throttles


class FakeAccount:
    """A member account's clients, by service and region; S3 Control's denies everything."""

    def __init__(self, **clients: FakeAws) -> None:
        self.region = "us-east-1"
        self.clients = {"s3control": FakeAws(), **clients}
        self.asked: list[tuple[str, str | None]] = []
        self.counts = FakeCounts()

    def counted_for(self, _: str) -> "FakeAccount":
        return self

    def client(self, service: str, region: str | None = None) -> FakeAws:
        self.asked.append((service, region))
        return self.clients[service]

    def call(
        self, service: str, region: str | None, operation: str, params: Mapping[str, Any]
    ) -> Any:
        return getattr(self.client(service, region), xform_name(operation))(**params)

    call_unless_empty = call


class FakeSessions:
    """Opens one account, or raises a given error."""

    def __init__(self, account: FakeAccount) -> None:
        self.account = account
        self.refusal: Exception | None = None
        self.opened = 0
        self.actions: Sequence[str] = ()

    def open(self, account_id: str, run_id: str, actions: Sequence[str]) -> FakeAccount:
        self.opened += 1
        self.actions = actions
        if self.refusal:
            raise self.refusal
        return self.account


def _texts(attributes: Mapping[str, Any]) -> dict[str, str]:
    assert {each["DataType"] for each in attributes.values()} <= {"String", "String.Array"}
    return {name: each["StringValue"] for name, each in attributes.items()}


def _as_stored(row: Mapping[str, Any]) -> Row:
    return from_attributes(to_attributes(row))
