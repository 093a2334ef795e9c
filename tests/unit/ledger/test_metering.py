"""An invocation is measured by its own clock and clients, and its row says what it used."""

from typing import Any, cast

import pytest

from cidb2.aws.usage import Usage
from cidb2.errors import StorageUnavailableError
from cidb2.ledger import metering
from cidb2.ledger.metering import Meter
from cidb2.ledger.writer import Ledger
from tests.support.builders import RUN_ID
from tests.support.fakes import MemoryTable
from tests.support.invocation import Context

CONTEXT = cast("Any", Context("function", memory_limit_in_mb=512, aws_request_id="request-1"))


class Hub:
    def __init__(self, *used: Usage) -> None:
        self.counts = self
        self._used = [*used]

    def take_used(self) -> Usage:
        return self._used.pop(0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """The moment and the CPU time of the process, as a test sets them."""
    reading = {"monotonic": 100.0, "process_time": 0.75}
    monkeypatch.setattr(metering, "_init_is_counted", False)
    monkeypatch.setattr("cidb2.ledger.metering.time.monotonic", lambda: reading["monotonic"])
    monkeypatch.setattr("cidb2.ledger.metering.time.process_time", lambda: reading["process_time"])
    return reading


def hub(*used: Usage) -> Any:
    return Hub(*used)


def test_the_first_invocation_of_an_environment_includes_its_beginning(
    clock: dict[str, float],
) -> None:
    first = Meter("initializer", CONTEXT)
    clock["monotonic"] += 1.0002
    assert first.read(hub({})) == {
        "lambdaSeconds": 1.751,
        "lambdaGbSeconds": 1.751 / 2,
        "lambdaRequests": 1,
    }
    second = Meter("initializer", CONTEXT)
    clock["monotonic"] += 0.5
    assert second.read(hub({}))["lambdaSeconds"] == 0.5


def test_what_was_used_is_written_down_and_so_is_the_row_itself(clock: dict[str, float]) -> None:
    ledger = Ledger(MemoryTable(), 400)
    meter = Meter("kms_collector", CONTEXT)
    clock["monotonic"] += 0.25
    meter.write_down(RUN_ID, hub({"dynamodbWriteUnits": 6.0, "s3Reads": 2}), ledger)
    [row] = ledger.rows(RUN_ID, "usage")
    assert (row["sk"], row["function"]) == ("usage#kms_collector#request-1", "kms_collector")
    assert row["usage"] == {
        "dynamodbWriteUnits": 7.0,
        "s3Reads": 2,
        "lambdaSeconds": 1.0,
        "lambdaGbSeconds": 0.5,
        "lambdaRequests": 1,
    }


def test_a_ledger_that_refuses_costs_the_figures_and_nothing_else(
    clock: dict[str, float], log: Any
) -> None:
    class Refusing(MemoryTable):
        def put(self, rows: Any) -> None:
            raise StorageUnavailableError("runs: no")

    Meter("kms_collector", CONTEXT).write_down(RUN_ID, hub({}), Ledger(Refusing(), 400))
    [line] = log.lines
    assert line["message"] == "The usage of an invocation could not be recorded"
    assert line["usage"]["lambdaSeconds"] == 0.75
