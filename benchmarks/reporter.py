"""Measures the reporter against a table without latency: its rate, and its CPU by component."""

import cProfile
import io
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from itertools import count
from threading import Lock
from types import SimpleNamespace
from typing import Any, cast
from unittest import mock

import boto3
from botocore.client import BaseClient

from benchmarks.cold_start import ROOT
from benchmarks.collecting import SETTINGS
from benchmarks.hub import INVENTORY_TABLE
from benchmarks.instant import Instant
from benchmarks.messages import published
from benchmarks.page import Table
from benchmarks.sample import Samples
from cidb2.aws.clients import hub_clients
from cidb2.chunks import chunks
from cidb2.items.item import Item, status_of
from cidb2.items.rows import current_row, version_row
from functions.reporter import app

ITEMS, BATCH, PROFILED = 2_000, 100, 500
OURS = tuple(str(ROOT / folder) for folder in ("functions", "layers/shared/cidb2"))
TRANSACTION_ACTIONS, BATCH_STATEMENTS = 100, 25
"""Limits of TransactWriteItems and BatchExecuteStatement (DynamoDB API Reference)."""

VARIABLES = {
    **SETTINGS,
    "VERSION_RETENTION_DAYS": "400",
    "TOMBSTONE_RETENTION_DAYS": "90",
    "MAX_RECEIVE_COUNT": "5",
    "CONCURRENCY": "16",
}
CONTEXT = SimpleNamespace(
    function_name="reporter",
    memory_limit_in_mb="1024",
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:reporter",
    aws_request_id="request",
    get_remaining_time_in_millis=lambda: 60_000,
)


class NotStoredError(Exception):
    """The reporter rejected messages, or its number of requests is wrong."""


@dataclass
class Inside:
    """CPU seconds inside botocore's calls, over all threads."""

    seconds: float = 0.0


def measure(samples: Samples) -> Table:
    """Return the rate and CPU for new and unchanged items, and for other kinds of requests."""
    bodies = [message.body for message in published(samples, 330)]
    with Instant(0) as aws, mock.patch.dict("os.environ", {**aws.environment(), **VARIABLES}):
        _forget()
        rows = [
            ("reporter, new items", *_reported(aws, bodies, "CREATED", requests=2)),
            ("reporter, unchanged items", *_reported(aws, bodies, "UNCHANGED", requests=1)),
        ]
        _forget()
        items: list[Item] = [json.loads(bodies[n % len(bodies)]) for n in range(ITEMS)]
        rows += [
            ("new items, PutItem alone", *_timed(_singly, items)),
            ("new items, TransactWriteItems", *_timed(_in_transactions, items)),
            ("new items, BatchExecuteStatement", *_timed(_in_statements, items)),
        ]
    head = ("writer", "items/s", "items/s per vCPU", "in botocore", "outside", "our files")
    return Table(head, rows)


def cpu_by_kind(samples: Samples) -> dict[str, float]:
    """Return the reporter's CPU seconds for a new item and for an unchanged one."""
    bodies = [message.body for message in published(samples, 330)]
    with Instant(0) as aws, mock.patch.dict("os.environ", {**aws.environment(), **VARIABLES}):
        _forget()
        kinds = {"new": ("CREATED", 2), "unchanged": ("UNCHANGED", 1)}
        return {
            kind: 1 / _reported(aws, bodies, change, requests=requests)[1]
            for kind, (change, requests) in kinds.items()
        }


def _forget() -> None:
    for kept in (hub_clients, app._settings, app._executor, app._reporter):
        kept.cache_clear()


def _reported(
    aws: Instant, bodies: Sequence[str], change: str, *, requests: int
) -> tuple[int, int, str, str, str]:
    records = [_record(bodies[number % len(bodies)], change) for number in range(ITEMS)]
    batches = list(chunks(records, BATCH))
    with redirect_stdout(io.StringIO()):
        _hand_over(batches[0])  # a warm function
        aws.take()
        with _inside_botocore() as inside:
            began, cpu_began = time.monotonic(), time.process_time()
            for batch in batches:
                _hand_over(batch)
            seconds, cpu = time.monotonic() - began, time.process_time() - cpu_began
    if aws.take()["PutItem"] != requests * ITEMS:
        raise NotStoredError(f"{change}: not {requests} requests an item")
    theirs = inside.seconds / cpu
    return (
        *(round(ITEMS / seconds), round(ITEMS / cpu)),
        *(f"{theirs:.0%}", f"{1 - theirs:.0%}", f"{_own_share(records[:PROFILED]):.0%}"),
    )


def _own_share(records: Sequence[dict[str, Any]]) -> float:
    """Return the share of CPU spent in lines of this project, by profile."""
    profile = cProfile.Profile(time.process_time)
    with redirect_stdout(io.StringIO()):
        profile.enable()
        for record in records:
            app._reporter().report(record)
        profile.disable()
        app._reporter().count("batch", {})
    by_file: Counter[bool] = Counter()
    for entry in profile.getstats():
        is_ours = not isinstance(entry.code, str) and entry.code.co_filename.startswith(OURS)
        by_file[is_ours] += entry.inlinetime  # type: ignore[assignment]
    return by_file[True] / by_file.total()


def _hand_over(records: Sequence[dict[str, Any]]) -> None:
    failures = app.handler({"Records": list(records)}, cast("Any", CONTEXT))["batchItemFailures"]
    if failures:
        raise NotStoredError(f"{len(failures)} of {len(records)} messages were rejected")


def _record(body: str, change: str) -> dict[str, Any]:
    said = {"change": change, "configurationItemStatus": status_of(change)}
    return {
        "messageId": str(next(_numbers)),
        "receiptHandle": "receipt",
        "body": json.dumps(json.loads(body) | said),
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "awsRegion": SETTINGS["AWS_REGION"],
    }


@contextmanager
def _inside_botocore() -> Iterator[Inside]:
    """Measure the CPU of each call in its own thread, including serialisation and HTTP."""
    inside, lock = Inside(), Lock()
    call: Any = vars(BaseClient)["_make_api_call"]

    def timed(client: BaseClient, operation: str, arguments: Any) -> Any:
        began = time.thread_time()
        try:
            return call(client, operation, arguments)
        finally:
            with lock:
                inside.seconds += time.thread_time() - began

    with mock.patch.object(BaseClient, "_make_api_call", timed):
        yield inside


def _timed(
    write: Callable[[Any, Sequence[Item]], None], items: Sequence[Item]
) -> tuple[int, int, str, str, str]:
    dynamodb = boto3.client("dynamodb")
    write(dynamodb, items[:1])
    with _inside_botocore() as inside:
        began, cpu_began = time.monotonic(), time.process_time()
        write(dynamodb, items)
        seconds, cpu = time.monotonic() - began, time.process_time() - cpu_began
    theirs = inside.seconds / cpu
    return (
        round(len(items) / seconds),
        round(len(items) / cpu),
        f"{theirs:.0%}",
        f"{1 - theirs:.0%}",
        "",
    )


def _singly(dynamodb: Any, items: Sequence[Item]) -> None:
    for item in items:
        for row in (version_row(item, 1), current_row(item, None)):
            dynamodb.put_item(TableName=INVENTORY_TABLE, Item=row)


def _in_transactions(dynamodb: Any, items: Sequence[Item]) -> None:
    puts = [
        {"Put": {"TableName": INVENTORY_TABLE, "Item": row}}
        for item in items
        for row in (version_row(item, 1), current_row(item, None))
    ]
    for some in chunks(puts, TRANSACTION_ACTIONS):
        dynamodb.transact_write_items(TransactItems=list(some))


def _in_statements(dynamodb: Any, items: Sequence[Item]) -> None:
    statements = [
        _insert(row) for item in items for row in (version_row(item, 1), current_row(item, None))
    ]
    for some in chunks(statements, BATCH_STATEMENTS):
        dynamodb.batch_execute_statement(Statements=list(some))


def _insert(row: dict[str, Any]) -> dict[str, Any]:
    names = ", ".join(f"'{name}': ?" for name in row)
    return {
        "Statement": f'INSERT INTO "{INVENTORY_TABLE}" VALUE {{{names}}}',
        "Parameters": list(row.values()),
    }


_numbers = count()
