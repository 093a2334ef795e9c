"""The order and the number of times in which messages arrive make no difference to the table."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cidb2.items.item import Change, Item
from functions.reporter.store import Outcome, Store
from tests.support.dynamodb import WirelessTable
from tests.support.hub import Hub, deployed
from tests.support.messages import missed, record, seen

pytestmark = pytest.mark.integration

FIRST, SECOND = "20261124T034830Z-1a2b3c4s1", "20261124T034831Z-0000000s1"
NAMES = ("key-1", "key-2", "key-3")


@pytest.fixture(scope="module")
def stack() -> Iterator[Hub]:
    with deployed() as hub:
        yield hub


@pytest.fixture(scope="module")
def table(stack: Hub) -> WirelessTable:
    return WirelessTable()


@st.composite
def runs_of_two(draw: st.DrawFn) -> list[Item]:
    """Draw the messages of two runs that overlap in time, in the order of their captures.

    Both may capture at one moment; then the later run is the later message.
    """
    items: list[Item] = []
    for name in NAMES:
        exists = False
        captures = st.tuples(st.integers(0, 4), st.sampled_from([FIRST, SECOND]))
        for at, run_id in sorted(draw(st.sets(captures, min_size=1, max_size=4))):
            if exists and draw(st.booleans()):
                items.append(missed(name, at=at, run_id=run_id))
                exists = False
            else:
                changes = [Change.CHANGED, Change.UNCHANGED] if exists else [Change.CREATED]
                change = draw(st.sampled_from(changes))
                items.append(seen(name, at=at, change=change, run_id=run_id))
                exists = True
    return sorted(items, key=lambda item: (item["configurationItemCaptureTime"], item["runId"]))


def table_after(
    table: WirelessTable, items: Sequence[Item]
) -> tuple[dict[Any, Any], list[Outcome]]:
    """Return the rows of a table that stored these items, and what became of each."""
    table.clear()
    store = Store(
        table,  # type: ignore[arg-type]  # knows what the store needs of it
        "Table",
        version_retention_days=400,
        tombstone_retention_days=90,
    )
    outcomes = [store.store(item) for item in items]
    return table.rows(), outcomes


@settings(max_examples=150, deadline=None)
@given(items=runs_of_two(), data=st.data())
def test_any_shuffle_and_duplication_of_two_runs_ends_in_the_same_table(
    table: WirelessTable, items: list[Item], data: st.DataObject
) -> None:
    in_order, outcomes = table_after(table, items)
    assert {*outcomes} == {Outcome.STORED}
    repeated = data.draw(st.lists(st.sampled_from(items), max_size=len(items)), label="repeated")
    shuffled = data.draw(st.permutations([*items, *repeated]), label="as delivered")
    out_of_order, outcomes = table_after(table, shuffled)
    assert out_of_order == in_order
    assert len(outcomes) == len(shuffled)


@settings(max_examples=100, deadline=None)
@given(order=st.permutations([FIRST, SECOND, "20261124T034832Z-1a2b3c4s1"]))
def test_runs_that_captured_at_one_moment_end_with_the_latest_run(
    table: WirelessTable, order: list[str]
) -> None:
    items = [seen(run_id=run_id, change=Change.UNCHANGED) for run_id in order]
    rows, _ = table_after(table, [*items, *items])
    assert [row["runId"] for row in rows.values()] == [max(order)]


def test_the_reporter_itself_ends_in_the_table_of_in_order_delivery(
    stack: Hub, table: WirelessTable
) -> None:
    """One case over the wire: what holds without it holds with it."""
    items = [
        seen("key-1"),
        seen("key-1", at=1, change=Change.UNCHANGED, run_id=SECOND),
        missed("key-1", at=2),
        seen("key-2", at=1),
        missed("key-2", at=2, run_id=SECOND),
        seen("key-2", at=3),
    ]
    in_order, _ = table_after(table, items)
    table.clear()
    stack.report([record(item) for item in [*reversed(items), *items]])
    assert table.rows() == in_order
