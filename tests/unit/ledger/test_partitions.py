"""The rows of a run are spread over partitions that take them all, and are read as one."""

import random
from collections import Counter

import pytest

from benchmarks.partitions import wave
from cidb2.ledger.partitions import (
    EARLIER_SHARDS,
    SHARDS,
    run_partition,
    run_partitions,
    shard_of,
    shards_mark,
    shards_of,
)
from cidb2.ledger.scope_record import ScopeRecord
from cidb2.ledger.tally import Tally
from cidb2.ledger.writer import Ledger
from cidb2.scope import Outcome, Scope
from cidb2.times import now
from tests.support.fakes import MemoryTable

RUN_ID = f"20261124T034830Z-1a2b3c4{shards_mark(5_000)}"
"""The id of a run with all shards."""
EARLIER = "20261124T034830Z-1a2b3c4d"
ACCOUNTS = [f"{100_000_000_000 + 37 * number}" for number in range(100)]


@pytest.mark.slow
def test_a_partition_takes_the_rows_of_all_accounts_that_are_collected_at_once() -> None:
    assert wave(50).refused == 0


@pytest.mark.slow
def test_one_partition_would_refuse_collectors_their_rows() -> None:
    one = wave(50, shards=1)
    assert one.refused > one.collections / 3


@pytest.mark.parametrize("seed", range(20))
def test_accounts_are_spread_evenly(seed: int) -> None:
    numbers = random.Random(seed)
    ids = [f"{numbers.randrange(10**12):012}" for _ in range(SHARDS * 100)]
    assert max(Counter(shard_of(RUN_ID, one) for one in ids).values()) < 150


def test_the_partition_of_an_account_is_what_it_was() -> None:
    assert run_partition(EARLIER, "234567890123") == f"run#{EARLIER}#06"
    assert run_partition(EARLIER, "345678901234") == f"run#{EARLIER}#12"
    assert run_partition(RUN_ID, "345678901234") == f"run#{RUN_ID}#44"
    assert run_partition(RUN_ID) == f"run#{RUN_ID}"


@pytest.mark.parametrize("accounts", [0, 1, 2, 3, 5, 16, 33, 5_000])
def test_every_partition_that_is_written_is_read(accounts: int) -> None:
    run_id = f"20261124T034830Z-1a2b3c4{shards_mark(accounts)}"
    written = {run_partition(run_id, name) for name in (*map(str, range(10_000)), None)}
    assert written == {*run_partitions(run_id)}


@pytest.mark.parametrize(
    ("accounts", "shards"),
    [(0, 1), (1, 1), (2, 2), (3, 4), (5, 8), (17, 32), (33, 64), (5_000, 64)],
)
def test_a_run_of_few_accounts_has_few_partitions(accounts: int, shards: int) -> None:
    assert shards_of(f"20261124T034830Z-1a2b3c4{shards_mark(accounts)}") == shards


@pytest.mark.parametrize(
    "run_id", ["1a2b3cs7", "1a2b3cs9", "s", "", "s\u0663", "s+1", "s-1", "s1\n"]
)
def test_a_run_whose_id_tells_no_number_is_of_an_earlier_release(run_id: str) -> None:
    assert shards_of(run_id) == EARLIER_SHARDS


def filled(run_id: str = RUN_ID) -> Ledger:
    ledger = Ledger(MemoryTable(), 400)
    scopes = [
        Scope(account, service, region)
        for account in ACCOUNTS
        for service, regions in (("kms", ("us-east-1", "eu-west-1")), ("iam", ("global",)))
        for region in regions
    ]
    random.Random(1).shuffle(scopes)
    moment = now()
    ledger.record(
        run_id,
        (ScopeRecord(one, Outcome.COMPLETE, None, Tally(), moment, moment) for one in scopes),
    )
    return ledger


@pytest.mark.parametrize("last", "0123456789abcdef")
def test_a_run_from_before_ids_told_a_number_has_the_partitions_of_then(last: str) -> None:
    assert shards_of(f"20261124T034830Z-1a2b3c4{last}") == EARLIER_SHARDS


def test_rows_come_by_service_then_account_then_region_whatever_partition_they_are_in() -> None:
    ledger = filled()
    assert len({row["pk"] for row in ledger.rows(RUN_ID, "scope")}) > SHARDS / 2
    rows = [*ledger.scopes(RUN_ID)]
    found = [(row["service"], row["accountId"], row["awsRegion"]) for row in rows]
    assert len(found) == 3 * len(ACCOUNTS)
    assert found == sorted(found)


def test_rows_of_a_run_from_before_the_partitions_are_read_too() -> None:
    table = MemoryTable()
    old = {
        "pk": f"run#{RUN_ID}",
        "sk": f"scope#kms#{ACCOUNTS[0]}#eu-west-1",
        "awsRegion": "eu-west-1",
    }
    table.put([old])
    assert [*Ledger(table, 400).scopes(RUN_ID)] == [old]


def test_rows_of_all_kinds_are_read_together() -> None:
    ledger = filled()
    ledger.plan(RUN_ID, "kms", ACCOUNTS[0], ["eu-west-1"])
    ledger.add_stored("batch", {(RUN_ID, "kms"): {"stored": 3}})
    ledger.add_usage(RUN_ID, "initializer", "one", {})
    kinds = Counter(row["sk"].partition("#")[0] for row in ledger.all_rows(RUN_ID, ("service",)))
    scopes = len([*ledger.rows(RUN_ID, "scope")])
    assert scopes >= 2 * len(ACCOUNTS)
    assert kinds == {"scope": scopes, "collection": 1, "stored": 1, "usage": 1}
