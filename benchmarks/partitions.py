"""Computes the ledger's load on each partition of the runs table during concurrent collection.

The real ledger writes a wave of accounts to a DynamoDB with AWS's limit per partition key. Nothing
is timed, so results are the same on every machine:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
"""

import math
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from benchmarks.item_size import write_units
from benchmarks.page import Table
from benchmarks.sample import Samples
from cidb2.aws.table import Table as DynamoTable
from cidb2.aws.usage import LAMBDA_GB_SECONDS, LAMBDA_REQUESTS, LAMBDA_SECONDS, WRITE_UNITS
from cidb2.errors import StorageUnavailableError
from cidb2.ledger.partitions import SHARDS, shards_mark
from cidb2.ledger.scope_record import ScopeRecord
from cidb2.ledger.tally import Tally
from cidb2.ledger.writer import Ledger
from cidb2.publishing.statistics import PublishStatistics
from cidb2.scope import GLOBAL, Outcome, Scope
from cidb2.services import COLLECTORS, SERVICES
from cidb2.types.catalog import REGIONAL

KEY_UNITS_A_SECOND = 1_000
WAVE_SECONDS = 1.0
"""Minimum time of a collector of eleven services in 17 empty regions: 425 calls of 40 ms over 32
threads, and half a second of CPU."""

ALLOWED = KEY_UNITS_A_SECOND * WAVE_SECONDS
"""Write units that a partition key accepts during a wave."""

AT_ONCE = (10, 50, 200)
REGIONS = tuple(f"region-{number}" for number in range(1, 18))
MOMENT = datetime(2026, 11, 24, 3, 48, 30, tzinfo=UTC)
USAGE = {LAMBDA_REQUESTS: 1, LAMBDA_SECONDS: 1.234, LAMBDA_GB_SECONDS: 1.234, WRITE_UNITS: 53}


class PartitionedDynamoDB:
    """A client that accepts `units` write units per partition key and throttles the rest.

    Rows are charged by size. `asked` counts the requested units by partition key, `taken` the
    accepted ones.
    """

    def __init__(self, units: float) -> None:
        self._units = units
        self.rows: dict[tuple[str, str], Mapping[str, Any]] = {}
        self.asked: Counter[str] = Counter()
        self.taken: Counter[str] = Counter()

    def batch_write_item(self, **request: Any) -> Mapping[str, Any]:
        """Return what does not fit, as BatchWriteItem does; raise if nothing fits."""
        [(table, requests)] = request["RequestItems"].items()
        refused = [one for one in requests if not self._takes(one["PutRequest"]["Item"])]
        if len(refused) == len(requests):
            raise _throttled("BatchWriteItem")
        return {"UnprocessedItems": {table: refused} if refused else {}}

    def update_item(self, **request: Any) -> None:
        """Set fields, as UpdateItem does; conditions are not checked."""
        values = request["ExpressionAttributeValues"]
        fields = {name: values[f":{name}"] for name in request["ExpressionAttributeNames"].values()}
        key = request["Key"]["pk"]["S"], request["Key"]["sk"]["S"]
        if not self._takes({**self.rows.get(key, request["Key"]), **fields}):
            raise _throttled("UpdateItem")

    def get_paginator(self, _: str) -> "PartitionedDynamoDB":
        """Return the paginator of the only query, which reads one row."""
        return self

    def paginate(self, **request: Any) -> Iterator[Mapping[str, Any]]:
        """Yield the row, as Query does."""
        values = [each["S"] for each in request["ExpressionAttributeValues"].values()]
        row = self.rows.get((values[0], values[1]))
        yield {"Items": [row] if row else []}

    def _takes(self, row: Mapping[str, Any]) -> bool:
        key = row["pk"]["S"]
        units = write_units(row)
        self.asked[key] += units
        if self.taken[key] + units > self._units:
            return False
        self.taken[key] += units
        self.rows[key, row["sk"]["S"]] = row
        return True


@dataclass
class Wave:
    """A wave's result: units requested in total and from the busiest key, collections throttled."""

    units: int
    busiest: int
    collections: int
    refused: int


@dataclass(frozen=True)
class _Writer:
    """Writes one collector's ledger rows."""

    ledger: Ledger
    run_id: str
    failed: list[Scope] = field(default_factory=list)

    def end(self, account_id: str, collector: str) -> None:
        try:
            name = f"{collector}_collector"
            self.ledger.add_usage(self.run_id, name, account_id * 3, USAGE, account_id)
        except StorageUnavailableError:
            self.failed.append(Scope(account_id, collector, GLOBAL))

    def collect(self, account_id: str, service: str) -> None:
        regions = REGIONS if REGIONAL[service] else (GLOBAL,)
        try:
            self.ledger.plan(self.run_id, service, account_id, regions)
            self.ledger.record(self.run_id, _records(account_id, service, regions))
            self.ledger.add_publishing(
                self.run_id, service, account_id, PublishStatistics(messages=1).to_document()
            )
        except StorageUnavailableError:
            self.failed.append(Scope(account_id, service, GLOBAL))


def wave(accounts: int, shards: int = SHARDS) -> Wave:
    """Write the rows of a wave of accounts, with the run's rows spread over `shards` partitions."""
    unlimited, limited = PartitionedDynamoDB(math.inf), PartitionedDynamoDB(ALLOWED)
    run_id = f"20261124T034830Z-1a2b3c4{shards_mark(shards)}"
    _write(unlimited, accounts, run_id)
    refused = _write(limited, accounts, run_id)
    return Wave(
        units=unlimited.asked.total(),
        busiest=max(unlimited.asked.values()),
        collections=accounts * len(SERVICES),
        refused=refused,
    )


def measure(_: Samples) -> Table:
    """Return the units and throttled collections with one key and with shards, by concurrency."""
    rows = []
    for accounts in AT_ONCE:
        one, spread = wave(accounts, 1), wave(accounts)
        rows.append(
            (
                accounts,
                round(spread.units / WAVE_SECONDS),
                *(round(each.busiest / WAVE_SECONDS) for each in (one, spread)),
                *(f"{each.refused / each.collections:.0%}" for each in (one, spread)),
            )
        )
    return Table(
        (
            *("accounts at once", "write units/s", "one key", "busiest shard"),
            *("collections refused, one key", "collections refused, shards"),
        ),
        rows,
    )


def _write(dynamodb: Any, accounts: int, run_id: str) -> int:
    """Return the number of collections with a row that was throttled despite retries."""
    writer = _Writer(Ledger(DynamoTable(dynamodb, "runs", sleep=lambda _: None), 400), run_id)
    for account_id in account_ids(accounts):
        for collector, services in COLLECTORS.items():
            for service in services:
                writer.collect(account_id, service)
            writer.end(account_id, collector)
    return len(writer.failed)


def account_ids(count: int) -> Sequence[str]:
    numbers = random.Random(count)
    return [f"{numbers.randrange(10**12):012}" for _ in range(count)]


def _records(account_id: str, service: str, regions: Sequence[str]) -> Iterator[ScopeRecord]:
    for region in regions:
        scope = Scope(account_id, service, region)
        yield ScopeRecord(scope, Outcome.COMPLETE, None, Tally(), MOMENT, MOMENT)


def _throttled(operation: str) -> ClientError:
    response = {"Error": {"Code": "ThrottlingException", "Message": "Throughput exceeds capacity"}}
    return ClientError(response, operation)  # type: ignore[arg-type]
