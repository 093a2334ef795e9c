"""A late message cannot bring back what a later listing no longer saw."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any
from unittest import mock

import pytest

from cidb2.errors import StorageRefusedError
from cidb2.ledger.scope_record import ScopeRecord
from cidb2.ledger.tally import Tally
from cidb2.ledger.writer import Ledger
from cidb2.scope import Outcome
from cidb2.times import sortable
from functions.reporter.stale_messages import StaleMessageFilter
from tests.support.builders import RUN_ID, SCOPE, a_failure, an_item
from tests.support.clock import MORNING
from tests.support.fakes import MemoryTable

HOUR = timedelta(hours=1)
MOMENT = timedelta(microseconds=1)

pytestmark = pytest.mark.usefixtures("clock")


class Rig:
    def __init__(self) -> None:
        self.table = MemoryTable()
        self.ledger = Ledger(self.table, 400)
        self.stale_messages = StaleMessageFilter(self.ledger, HOUR)

    def listed(self, began: datetime, outcome: Outcome = Outcome.COMPLETE) -> None:
        failure = None if outcome is Outcome.COMPLETE else a_failure()
        record = ScopeRecord(SCOPE, outcome, failure, Tally(), began, MORNING)
        self.ledger.record(RUN_ID, [record])

    def is_overtaken(self, captured_at: datetime) -> bool:
        item = an_item(configurationItemCaptureTime=sortable(captured_at))
        return self.stale_messages.is_overtaken(item)


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.mark.parametrize(
    ("captured", "listed", "overtaken"), [(-5, -4, True), (-5, -6, False), (-5, -5, False)]
)
def test_what_was_captured_before_a_complete_listing_began_is_overtaken(
    rig: Rig, captured: int, listed: int, overtaken: bool
) -> None:
    rig.listed(MORNING + listed * HOUR)
    assert rig.is_overtaken(MORNING + captured * HOUR) is overtaken


@pytest.mark.parametrize("outcome", [Outcome.PARTIAL, Outcome.FAILED])
def test_a_listing_that_was_not_complete_overtakes_nothing(rig: Rig, outcome: Outcome) -> None:
    rig.listed(MORNING, outcome)
    assert not rig.is_overtaken(MORNING - 5 * HOUR)


def test_a_listing_of_which_the_run_left_out_some_overtakes_nothing(rig: Rig) -> None:
    narrowed = ScopeRecord(
        SCOPE, Outcome.COMPLETE, None, Tally(), MORNING, MORNING, is_narrowed=True
    )
    rig.ledger.record(RUN_ID, [narrowed])
    assert not rig.is_overtaken(MORNING - 5 * HOUR)


def test_a_failure_does_not_hide_the_complete_listing_before_it(rig: Rig) -> None:
    rig.listed(MORNING - HOUR)
    rig.listed(MORNING, Outcome.FAILED)
    assert rig.is_overtaken(MORNING - 5 * HOUR)


def test_a_message_that_is_not_late_asks_nobody(rig: Rig) -> None:
    rig.table.refusal = StorageRefusedError("runs-table: no")
    assert not rig.is_overtaken(MORNING - HOUR + MOMENT)
    with pytest.raises(StorageRefusedError):
        rig.is_overtaken(MORNING - HOUR)


def test_a_scope_is_asked_about_once_until_it_is_forgotten(rig: Rig) -> None:
    captured_at = MORNING - 5 * HOUR
    assert not rig.is_overtaken(captured_at)
    rig.listed(MORNING)
    assert not rig.is_overtaken(captured_at)
    rig.stale_messages.forget()
    assert rig.is_overtaken(captured_at)


def test_nobody_waits_until_another_has_asked(rig: Rig) -> None:
    """As long as one asked at a time, the barrier would break."""
    both, coverage_of = Barrier(2, timeout=10), rig.ledger.coverage_of

    def ask(scope: Any) -> Any:
        both.wait()
        return coverage_of(scope)

    captured_at = MORNING - 5 * HOUR
    with mock.patch.object(rig.ledger, "coverage_of", ask), ThreadPoolExecutor(2) as executor:
        told = executor.map(rig.is_overtaken, [captured_at, captured_at])
        assert [*told] == [False, False]
