"""Computes the cost of a large run's ledger: the real ledger writes rows for whole accounts.

Rows are counted and charged by size. Nothing is timed, so results are the same on every machine.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from benchmarks.item_size import item_bytes
from benchmarks.page import Table
from benchmarks.partitions import MOMENT, REGIONS, USAGE, PartitionedDynamoDB, account_ids
from benchmarks.sample import Samples
from cidb2.aws.table import Table as DynamoTable
from cidb2.items.item import Change
from cidb2.ledger.partitions import shards_mark
from cidb2.ledger.prices import Prices
from cidb2.ledger.scope_record import ListingRecord, ScopeRecord
from cidb2.ledger.tally import Tally
from cidb2.ledger.writer import Ledger
from cidb2.publishing.statistics import PublishStatistics
from cidb2.reasons import Failure, Reason
from cidb2.scope import Outcome, Scope

ACCOUNTS, SERVICES, COLLECTORS = 5_000, 40, 8
SAMPLE = 50
"""Number of accounts whose rows are written, as many as run concurrently."""

LISTINGS = 3
"""Listings per scope; a denial affects one."""

WAVE_SECONDS = 3.5
"""Time of 50 accounts in the model of organisations: 5,000 accounts take 5.8 minutes."""

RUN_ID = f"20261124T034830Z-1a2b3c4{shards_mark(ACCOUNTS)}"
EARLIER_RUN_ID = f"20261123T034830Z-1a2b3c4{shards_mark(ACCOUNTS)}"

Tallies = Callable[[int, int], Tally]
"""Returns the tally of a scope, by the indexes of its service and region."""


@dataclass(frozen=True)
class Kind:
    """A kind of account: the tallies of its scopes, and whether a listing is denied in each."""

    name: str
    found: Tallies
    is_listing_denied: bool = False
    is_role_denied: bool = False


def _nothing(service: int, region: int) -> Tally:
    return Tally(apiCalls=LISTINGS, seconds=0.1 + (service * 17 + region) / 1_000)


def _something(service: int, region: int) -> Tally:
    """Return the tally of a scope; a third of the services have items, in three regions."""
    tally = _nothing(service, region)
    if service % 3 == 0 and region < 3:
        for _ in range(40):
            tally.count(Change.UNCHANGED)
        tally.count(Change.CHANGED)
        tally.published = 1
    return tally


KINDS = (
    Kind("complete and empty", _nothing),
    Kind("items in a third of the services, 3 regions each", _something),
    Kind("one listing denied in every scope", _nothing, is_listing_denied=True),
    Kind("role denied", _nothing, is_role_denied=True),
)


@dataclass(frozen=True)
class Cost:
    """Cost of a run, by kind of account: units by row, busiest key, bytes of run and coverage."""

    units: int
    busiest: int
    run_bytes: int
    coverage_bytes: int


def measure(_: Samples) -> Table:
    """Return the cost of a run of 5,000 accounts, 40 services, 17 regions, by kind of account."""
    price = Prices.load().units["dynamodbWriteUnits"]
    rows = []
    for kind in KINDS:
        cost = cost_of(kind)
        times = ACCOUNTS / SAMPLE
        units = round(cost.units * times)
        rows.append(
            (
                kind.name,
                units,
                units * price,
                cost.run_bytes * times / 1e9,
                cost.coverage_bytes * times / 1e9,
                round(cost.busiest / WAVE_SECONDS),
            )
        )
    return Table(
        (
            *("accounts", "write units", "USD", "GB of the run", "GB of coverage"),
            "busiest key, write units/s",
        ),
        rows,
    )


def cost_of(kind: Kind) -> Cost:
    """Write two runs over the sample; return the cost of the second one."""
    dynamodb = PartitionedDynamoDB(math.inf)
    ledger = Ledger(DynamoTable(dynamodb, "runs"), 400)  # type: ignore[arg-type]  # what it calls
    for run_id in (EARLIER_RUN_ID, RUN_ID):
        dynamodb.asked.clear()
        for account_id in account_ids(SAMPLE):
            _collect(ledger, run_id, account_id, kind)
    sizes: dict[str, int] = {"run": 0, "account": 0}
    for (partition, _), row in dynamodb.rows.items():
        if not partition.startswith(f"run#{EARLIER_RUN_ID}"):
            sizes[partition.partition("#")[0]] += item_bytes(row)
    return Cost(
        dynamodb.asked.total(), max(dynamodb.asked.values()), sizes["run"], sizes["account"]
    )


def _collect(ledger: Ledger, run_id: str, account_id: str, kind: Kind) -> None:
    names = [f"service-{number:02}" for number in range(SERVICES)]
    for number, service in enumerate(names):
        if not kind.is_role_denied:
            ledger.plan(run_id, service, account_id, REGIONS)
        records = [*_records(account_id, service, number, kind)]
        ledger.record(run_id, records)
        messages = sum(entry.tally.published for entry in records)
        figures = PublishStatistics(messages=messages, succeeded=messages).to_document()
        ledger.add_publishing(run_id, service, account_id, figures)
    for collector in range(COLLECTORS):
        ledger.add_usage(run_id, f"collector-{collector}", account_id * 3, USAGE, account_id)


def _records(account_id: str, service: str, number: int, kind: Kind) -> Iterator[ScopeRecord]:
    for place, region in enumerate(REGIONS):
        scope = Scope(account_id, service, region)
        ended = MOMENT + timedelta(milliseconds=100 + 7 * place)
        tally = kind.found(number, place)
        if kind.is_role_denied:
            why = _denied("sts:AssumeRole", scope)
            yield ScopeRecord(scope, Outcome.FAILED, why, Tally(), MOMENT, MOMENT)
            continue
        listings = [
            _listing(scope, name, tally if name == 0 else Tally(), is_denied=kind.is_listing_denied)
            for name in range(LISTINGS)
        ]
        yield ScopeRecord.of(scope, listings, ended)


def _listing(scope: Scope, number: int, tally: Tally, *, is_denied: bool) -> ListingRecord:
    name = f"DescribeThings{number}"
    if is_denied and number == 1:
        why = _denied(f"{scope.service}:{name}", scope)
        return ListingRecord(name, Outcome.FAILED, why, tally, MOMENT)
    return ListingRecord(name, Outcome.COMPLETE, None, tally, MOMENT)


def _denied(action: str, scope: Scope) -> Failure:
    words = (
        f"User: arn:aws:sts::{scope.account_id}:assumed-role/CIDB2-Collector-Role/{RUN_ID} is not "
        f"authorized to perform: {action} on resource: arn:aws:x:{scope.region}:* with an explicit "
        "deny in a service control policy"
    )
    return Failure(Reason.SCP_DENIED, "AccessDeniedException", words, retryable=False)
