"""The figures of a scope add up."""

import pytest

from cidb2.items.item import Change
from cidb2.ledger.tally import Tally
from cidb2.reasons import Reason
from tests.support.builders import a_failure


@pytest.mark.parametrize("change", list(Change))
def test_each_change_is_counted_under_its_name(change: Change) -> None:
    tally = Tally()
    tally.count(change)
    document = tally.to_document()
    assert {name for name, count in document.items() if count} == (
        {change.lower()} | ({"items"} if change is not Change.DELETED else set())
    )
    assert document[change.lower()] == 1


def test_unreadable_fields_are_counted_with_their_reasons() -> None:
    tally = Tally()
    tally.count(Change.UNCHANGED, [a_failure(Reason.SCP_DENIED), a_failure(Reason.THROTTLED)])
    tally.count(Change.CREATED, [a_failure(Reason.TIMEOUT)])
    assert tally.unreadable == 3
    assert tally.to_document()["unreadableReasons"] == {
        "SCP_DENIED": 1,
        "THROTTLED": 1,
        "TIMEOUT": 1,
    }


def test_a_tally_comes_back_as_it_was() -> None:
    tally = Tally(items=3, created=1, unchanged=2, published=3, apiCalls=4, healed=1, seconds=1.5)
    tally.count(Change.CHANGED, [a_failure()])
    assert Tally.parse(tally.to_document()) == tally


def test_rows_add_up_and_fields_that_are_no_figures_are_left_alone() -> None:
    tally = Tally(items=1, seconds=0.25)
    tally.unreadableReasons["TIMEOUT"] = 1
    row = {"items": 2, "deleted": 5, "seconds": 0.5, "outcome": "COMPLETE"}
    tally.add(row | {"unreadableReasons": {"TIMEOUT": 2, "THROTTLED": 1}})
    assert tally.to_document() == Tally().to_document() | {
        "items": 3,
        "deleted": 5,
        "seconds": 0.75,
        "unreadableReasons": {"TIMEOUT": 3, "THROTTLED": 1},
    }


def test_seconds_are_written_in_milliseconds() -> None:
    assert Tally(seconds=1.23456).to_document()["seconds"] == 1.235
