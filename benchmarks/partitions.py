"""What the ledger asks of each partition of the runs table while accounts are collected at once.

The real ledger writes the rows of a wave of accounts to a DynamoDB that gives no partition key
more than AWS does while the wave lasts. Nothing is timed, so every machine finds the same:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
"""

import math
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from unittest import mock

from botocore.exceptions import ClientError
from moto.dynamodb.models.dynamo_type import DynamoType

from benchmarks.page import Table
from benchmarks.sample import Samples
from cidb2.aws.table import Table as DynamoTable
from cidb2.aws.usage import LAMBDA_GB_SECONDS, LAMBDA_REQUESTS, LAMBDA_SECONDS, WRITE_UNITS
from cidb2.errors import StorageUnavailableError
from cidb2.ledger import partitions as run_partitions
from cidb2.ledger.scope_record import ScopeRecord
from cidb2.ledger.tally import Tally
from cidb2.ledger.writer import Ledger
from cidb2.publishing.statistics import PublishStatistics
from cidb2.scope import GLOBAL, Outcome, Scope
from cidb2.services import REGIONAL, SERVICES

KEY_UNITS_A_SECOND = 1_000
UNIT_BYTES = 1_024
WAVE_SECONDS = 0.5
"""What small accounts take at the least: ten calls of 40 ms, one after the other, and some CPU."""

ALLOWED = KEY_UNITS_A_SECOND * WAVE_SECONDS
"""Write units: what a partition key takes while a wave lasts."""

AT_ONCE = (10, 50, 200)
REGIONS = tuple(f"region-{number}" for number in range(1, 18))
RUN_ID = "20261124T034830Z-1a2b3c4d"
MOMENT = datetime(2026, 11, 24, 3, 48, 30, tzinfo=UTC)
USAGE = {LAMBDA_REQUESTS: 1, LAMBDA_SECONDS: 1.234, LAMBDA_GB_SECONDS: 1.234, WRITE_UNITS: 53}


class PartitionedDynamoDB:
    """A client that takes `units` write units of each partition key, and refuses what is more.

    It charges each row by its size; `asked` counts units by partition key, `taken` those it took.
    """

    def __init__(self, units: float) -> None:
        self._units = units
        self.asked: Counter[str] = Counter()
        self.taken: Counter[str] = Counter()

    def batch_write_item(self, **request: Any) -> Mapping[str, Any]:
        """Do as BatchWriteItem does: hand back what does not fit, refuse where nothing does."""
        [(table, requests)] = request["RequestItems"].items()
        refused = [one for one in requests if not self._takes(one["PutRequest"]["Item"])]
        if len(refused) == len(requests):
            raise _throttled("BatchWriteItem")
        return {"UnprocessedItems": {table: refused} if refused else {}}

    def update_item(self, **request: Any) -> None:
        """Do as UpdateItem does on a row that has no fields but these."""
        if not self._takes({**request["Key"], **request["ExpressionAttributeValues"]}):
            raise _throttled("UpdateItem")

    def _takes(self, row: Mapping[str, Any]) -> bool:
        key = row["pk"]["S"]
        size = sum(len(name.encode()) + DynamoType(value).size() for name, value in row.items())
        units = math.ceil(size / UNIT_BYTES)
        self.asked[key] += units
        if self.taken[key] + units > self._units:
            return False
        self.taken[key] += units
        return True


@dataclass
class Wave:
    """What became of a wave: units asked for, those of the busiest key, collections refused."""

    units: int
    busiest: int
    collections: int
    refused: int


@dataclass(frozen=True)
class _Writer:
    """Writes what one collector writes into the ledger."""

    ledger: Ledger
    failed: list[Scope] = field(default_factory=list)

    def collect(self, account_id: str, service: str) -> None:
        regions = REGIONS if REGIONAL[service] else (GLOBAL,)
        try:
            self.ledger.plan(RUN_ID, service, account_id, regions)
            self.ledger.record(RUN_ID, _records(account_id, service, regions))
            self.ledger.add_publishing(
                RUN_ID, service, account_id, PublishStatistics().to_document()
            )
            self.ledger.add_usage(RUN_ID, f"{service}_collector", account_id * 3, USAGE, account_id)
        except StorageUnavailableError:
            self.failed.append(Scope(account_id, service, GLOBAL))


def wave(accounts: int, shards: int = run_partitions.SHARDS) -> Wave:
    """Write the rows of a wave of accounts, the run's rows spread over `shards` partitions."""
    unlimited, limited = PartitionedDynamoDB(math.inf), PartitionedDynamoDB(ALLOWED)
    with mock.patch.object(run_partitions, "SHARDS", shards):
        _write(unlimited, accounts)
        refused = _write(limited, accounts)
    return Wave(
        units=unlimited.asked.total(),
        busiest=max(unlimited.asked.values()),
        collections=accounts * len(SERVICES),
        refused=refused,
    )


def measure(_: Samples) -> Table:
    """Return, by accounts at once, what one key and what the shards are asked for, and refuse."""
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


def _write(dynamodb: Any, accounts: int) -> int:
    """Return how many collections were refused a row, however often they asked again."""
    writer = _Writer(Ledger(DynamoTable(dynamodb, "runs", sleep=lambda _: None), 400))
    for account_id in _account_ids(accounts):
        for service in SERVICES:
            writer.collect(account_id, service)
    return len(writer.failed)


def _account_ids(count: int) -> Sequence[str]:
    numbers = random.Random(count)
    return [f"{numbers.randrange(10**12):012}" for _ in range(count)]


def _records(account_id: str, service: str, regions: Sequence[str]) -> Iterator[ScopeRecord]:
    for region in regions:
        scope = Scope(account_id, service, region)
        yield ScopeRecord(scope, Outcome.COMPLETE, None, Tally(), MOMENT, MOMENT)


def _throttled(operation: str) -> ClientError:
    told = {"Error": {"Code": "ThrottlingException", "Message": "Throughput exceeds capacity"}}
    return ClientError(told, operation)  # type: ignore[arg-type]
