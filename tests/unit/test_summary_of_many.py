"""The summary of a large organisation is made row by row, in memory that does not grow."""

import json
import tracemalloc
from collections.abc import Iterator
from typing import Any, cast

from cidb2.ledger import Ledger
from cidb2.prices import Prices
from cidb2.scope import Scope
from cidb2.scope_record import Outcome, ScopeRecord, scope_row
from cidb2.settings import ResultsSettings
from cidb2.tally import Tally
from cidb2.times import now
from functions.results_processor import process
from functions.results_processor.process import ResultsProcessor
from tests.support.builders import BUCKET, RUN_ID, a_failure, a_run
from tests.support.fakes import FakeS3, MemoryTable

REGIONS = 36
SETTLEMENT = {"published": {"kms": 0}, "attempt": 0}
BYTES_FOR_ONE_MORE = 300
"""What an account's own total takes is shared by its scopes; a row alone is some 2,000."""


class Rows(MemoryTable):
    """A runs table that makes the scope rows of so many accounts up when it is asked."""

    def __init__(self, accounts: int) -> None:
        super().__init__()
        self._accounts = accounts

    def query(self, condition: str, values: Any, **options: Any) -> Iterator[dict[str, Any]]:
        if values[":sk"] != "scope#":
            return
        moment, why = now(), a_failure()
        for number in range(self._accounts * REGIONS):
            scope = Scope(f"{number // REGIONS:012}", "kms", f"eu-west-{number % REGIONS}")
            record = ScopeRecord(scope, Outcome.FAILED, why, Tally(), moment, moment)
            yield scope_row(RUN_ID, record)


class NoDisk(FakeS3):
    """A bucket that counts bytes and keeps none."""

    def put_object(self, *, Body: Any, **_: Any) -> dict[str, Any]:
        self.size = 0
        while part := Body.read(10_000):
            self.size += len(part)
        return {}


def peak(accounts: int, monkeypatch: Any) -> int:
    monkeypatch.setattr(process, "KEPT_IN_MEMORY", 10_000)
    table, s3 = Rows(accounts), NoDisk()
    settings = ResultsSettings("us-east-1", "runs", BUCKET, 400, 0, Prices.load())
    processor = ResultsProcessor(settings, Ledger(table, 400), table, cast("Any", s3))
    table.put([{"pk": "runs", "sk": RUN_ID}])
    tracemalloc.start()
    answer = processor.process(a_run(services=("kms",)), SETTLEMENT, dict)
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert answer["totals"]["scopes"]["FAILED"] == accounts * REGIONS
    assert s3.size > accounts * REGIONS * 300
    return used


def test_memory_does_not_grow_with_the_scopes_of_a_run(monkeypatch: Any) -> None:
    few, many = peak(20, monkeypatch), peak(80, monkeypatch)
    assert many - few < 60 * REGIONS * BYTES_FOR_ONE_MORE


def test_what_is_written_row_by_row_is_one_json_document(monkeypatch: Any) -> None:
    for accounts in (0, 1, 2):
        s3 = FakeS3()
        table = Rows(accounts)
        table.put([{"pk": "runs", "sk": RUN_ID}])
        settings = ResultsSettings("us-east-1", "runs", BUCKET, 400, 0, Prices.load())
        processor = ResultsProcessor(settings, Ledger(table, 400), table, cast("Any", s3))
        processor.process(a_run(services=("kms",)), SETTLEMENT, dict)
        [body] = s3.objects.values()
        assert len(json.loads(body)["scopes"]) == accounts * REGIONS
