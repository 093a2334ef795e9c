"""What is written first is what a death in between must leave behind."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from cidb2.errors import StorageUnavailableError
from cidb2.ledger.scope_record import ScopeRecord
from cidb2.ledger.tally import Tally
from cidb2.ledger.writer import Ledger
from cidb2.scope import Outcome, Scope
from cidb2.times import now
from functions.initializer.accounts import Account
from tests.support.builders import RUN_ID, a_failure
from tests.support.collecting import Collecting, Listing, keys
from tests.support.fakes import MemoryTable
from tests.unit.functions.test_initialize import ONE, TWO, Rig

EAST = "eu-east-1"


class WatchedTable(MemoryTable):
    """Keeps the sort keys of what is written, in order; may refuse the rows of a partition."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []
        self.refused = "nothing"

    def put(self, rows: Iterable[Mapping[str, Any]]) -> None:
        rows = [*rows]
        for row in rows:
            self._watch(row)
        super().put(rows)

    def update(self, key: Mapping[str, str], fields: Mapping[str, Any]) -> None:
        self._watch(key)
        super().update(key, fields)

    def _watch(self, key: Mapping[str, Any]) -> None:
        if key["pk"] == self.refused:
            raise StorageUnavailableError("runs-table: throttled")
        self.written.append(key["sk"].partition("#")[0])


def records(count: int) -> list[ScopeRecord]:
    """Return records of scopes that are COMPLETE, PARTIAL and FAILED in turn."""
    outcomes = [Outcome.COMPLETE, Outcome.PARTIAL, Outcome.FAILED]
    return [
        ScopeRecord(
            Scope(f"{number:012}", "kms", "eu-west-1"),
            outcomes[number % 3],
            a_failure() if number % 3 else None,
            Tally(),
            now(),
            now(),
        )
        for number in range(count)
    ]


def test_the_coverage_of_a_scope_is_written_before_its_row() -> None:
    table = WatchedTable()
    Ledger(table, 400).record(RUN_ID, records(20))
    assert table.written == ["covered"] * 20 + ["scope"] * 20


def test_scopes_whose_coverage_is_refused_have_no_row_and_are_recorded_again() -> None:
    table = WatchedTable()
    ledger = Ledger(table, 400)
    table.refused = f"account#{19:012}"
    with pytest.raises(StorageUnavailableError):
        ledger.record(RUN_ID, records(20))
    assert [*ledger.scopes(RUN_ID)] == []


def test_scopes_that_are_recorded_are_not_recorded_again_for_those_after_them() -> None:
    table = WatchedTable()
    ledger = Ledger(table, 400)
    table.refused = f"account#{59:012}"
    with pytest.raises(StorageUnavailableError):
        ledger.record(RUN_ID, records(60))
    assert len([*ledger.scopes(RUN_ID)]) == 50


def test_a_run_has_its_row_before_the_scopes_of_suspended_accounts() -> None:
    rig = Rig()
    rig.organization.everyone = [Account(ONE, "one"), Account(TWO, "two", is_active=False)]
    rig.runs_table = table = WatchedTable()
    rig.ledger = Ledger(table, 400)
    state = rig.initialize({})
    assert table.written[0] == state["runId"]
    assert {*table.written[1:]} == {"covered", "scope"}


def test_what_is_to_be_collected_is_written_before_anything_is_listed() -> None:
    table = WatchedTable()
    listing = Listing([keys("1", region=EAST)], on_page=lambda: table.written.append("listing"))
    collecting = Collecting({EAST: listing})
    collecting.runs_table = table
    collecting.ledger = Ledger(table, 400)
    collecting.collect()
    assert table.written == ["collection", "listing", "journal", "covered", "scope", "collection"]
