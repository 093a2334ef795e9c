"""The summary of a large organisation is made row by row, in memory that does not grow."""

import json
import tracemalloc
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from cidb2.aws import merging
from cidb2.ledger.partitions import run_partition
from cidb2.ledger.scope_record import ScopeRecord, scope_row
from cidb2.ledger.tally import Tally
from cidb2.scope import Outcome, Scope
from cidb2.times import now
from functions.results_processor import process, reporting
from tests.support.builders import RUN_ID, a_failure, a_run
from tests.support.ending import results_processor
from tests.support.fakes import FakeAws, FakeS3, MemoryTable

REGIONS = 36
SNS = FakeAws(publish={"MessageId": "told"})
SETTLEMENT = {"published": {"kms": 0}, "attempt": 0}
BYTES_FOR_ONE_MORE = 300
"""What an account's own total takes is shared by its scopes; a row alone is some 2,000."""


class Rows(MemoryTable):
    """A runs table that makes the scope rows of so many accounts up when it is asked."""

    def __init__(self, accounts: int) -> None:
        super().__init__()
        self._accounts = accounts

    def query(self, condition: str, values: Any, **options: Any) -> Iterator[dict[str, Any]]:
        if values.get(":sk") != "scope#":
            return
        moment, why = now(), a_failure()
        for number in range(self._accounts * REGIONS):
            account_id = f"{number // REGIONS:012}"
            if run_partition(RUN_ID, account_id) != values[":pk"]:
                continue
            scope = Scope(account_id, "kms", f"eu-west-{number % REGIONS}")
            record = ScopeRecord(scope, Outcome.FAILED, why, Tally(), moment, moment)
            yield {"sk": f"scope#kms#{account_id}#{number}", **scope_row(RUN_ID, record)}


class NoDisk(FakeS3):
    """A bucket that counts the bytes of each object and keeps none, but knows of no accounts."""

    def put_object(self, *, Key: str, Body: Any, **_: Any) -> dict[str, Any]:
        self.writes.append(Key)
        self.sizes = getattr(self, "sizes", {}) | {Key.rpartition("/")[2]: 0}
        while part := Body.read(10_000):
            self.sizes[Key.rpartition("/")[2]] += len(part)
        return {}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        return {"Body": BytesIO(b"[]")}


def peak(accounts: int, monkeypatch: Any) -> int:
    for module in (process, reporting):
        monkeypatch.setattr(module, "KEPT_IN_MEMORY", 10_000)
    monkeypatch.setattr(merging, "PAGE_ROWS", 5)
    table, s3 = Rows(accounts), NoDisk()
    processor = results_processor(table, s3, SNS, settle_timeout_seconds=0)
    table.put([{"pk": "runs", "sk": RUN_ID}])
    tracemalloc.start()
    answer = processor.process(a_run(services=("kms",)), SETTLEMENT, dict)
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert answer["totals"]["scopes"]["FAILED"] == accounts * REGIONS
    assert s3.sizes["summary.json"] > accounts * REGIONS * 300
    assert s3.sizes["report.html"] > 20_000
    return used


def test_memory_does_not_grow_with_the_scopes_of_a_run(monkeypatch: Any) -> None:
    few, many = peak(20, monkeypatch), peak(80, monkeypatch)
    assert many - few < 60 * REGIONS * BYTES_FOR_ONE_MORE


def test_what_is_written_row_by_row_is_one_json_document(monkeypatch: Any) -> None:
    for accounts in (0, 1, 2):
        s3 = FakeS3()
        table = Rows(accounts)
        table.put([{"pk": "runs", "sk": RUN_ID}])
        processor = results_processor(table, s3, SNS, settle_timeout_seconds=0)
        processor.process(a_run(services=("kms",)), SETTLEMENT, dict)
        body = s3.objects[f"runs/{RUN_ID}/summary.json"]
        assert len(json.loads(body)["scopes"]) == accounts * REGIONS
