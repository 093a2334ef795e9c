"""The journal tells what a run has handed to SNS already, and what the last run did in vain."""

from datetime import timedelta

import pytest

from cidb2.errors import StorageRefusedError
from cidb2.items.item import Change
from cidb2.publishing.journal import Journal
from tests.support.builders import ACCOUNT, EARLIER_RUN_ID, RUN_ID, a_message, key_arn
from tests.support.clock import Clock
from tests.support.fakes import MemoryTable

OLDEST_RUN_ID = "20261101T034830Z-00000000"


@pytest.fixture
def table() -> MemoryTable:
    return MemoryTable()


def journal(
    table: MemoryTable, run_id: str = RUN_ID, service: str = "kms", account: str = ACCOUNT
) -> Journal:
    """Return a collection's journal as it is after reading."""
    opened = Journal(table, account, service, run_id)
    opened.read()
    return opened


def says(opened: Journal, name: str, change: Change = Change.CREATED) -> tuple[bool, bool]:
    """Return whether this run has published, and whether the last run lost, a test message."""
    statement = (key_arn(name), name, change)
    return opened.published_as(*statement) is not None, opened.was_lost(*statement)


def test_an_earlier_attempt_of_the_run_has_published_what_it_wrote_down(
    table: MemoryTable,
) -> None:
    journal(table).write([a_message("1"), a_message("2")])
    journal(table).write([a_message("3")])
    again = journal(table)
    assert [says(again, name) for name in ("1", "2", "3", "4")] == [(True, False)] * 3 + [
        (False, False)
    ]


def test_an_attempt_does_not_read_its_own_hand(table: MemoryTable) -> None:
    opened = journal(table)
    opened.write([a_message("1")])
    assert says(opened, "1") == (False, False)


def test_what_the_last_run_handed_over_and_the_table_lacks_was_lost(table: MemoryTable) -> None:
    journal(table, EARLIER_RUN_ID).write([a_message("1")])
    journal(table, EARLIER_RUN_ID).write([a_message("2")])
    assert [says(journal(table), name) for name in ("1", "2")] == [(False, True)] * 2


def test_runs_before_the_last_are_history(table: MemoryTable) -> None:
    journal(table, OLDEST_RUN_ID).write([a_message("1")])
    journal(table, EARLIER_RUN_ID).write([a_message("2")])
    assert says(journal(table), "1") == (False, False)


def test_this_runs_own_attempts_do_not_hide_the_last_run(table: MemoryTable) -> None:
    journal(table, EARLIER_RUN_ID).write([a_message("1")])
    journal(table).write([a_message("2")])
    assert says(journal(table), "1") == (False, True)
    assert says(journal(table), "2") == (True, False)


@pytest.mark.parametrize(
    ("name", "content_hash", "change"),
    [("2", "1", Change.CREATED), ("1", "2", Change.CREATED), ("1", "1", Change.DELETED)],
)
def test_another_resource_content_or_end_is_another_statement(
    table: MemoryTable, name: str, content_hash: str, change: Change
) -> None:
    journal(table).write([a_message("1")])
    assert journal(table).published_as(key_arn(name), content_hash, change) is None


@pytest.mark.parametrize("change", [Change.CHANGED, Change.UNCHANGED])
def test_that_a_resource_is_so_is_one_statement_whatever_it_was_before(
    table: MemoryTable, change: Change
) -> None:
    journal(table).write([a_message("1")])
    assert says(journal(table), "1", change) == (True, False)
    assert journal(table).published_as(key_arn("1"), "1", change) is Change.CREATED


def test_what_stands_for_a_message_in_one_run_stands_for_none_in_another(
    table: MemoryTable,
) -> None:
    """So nobody can prepare two messages of which the second passes for the first."""
    for run_id in (EARLIER_RUN_ID, RUN_ID):
        journal(table, run_id).write([a_message("1")])
    statements = {row["statements"] for row in table.rows.values()}
    assert len(statements) == 2
    assert all(len(each) == 16 for each in statements)


def test_what_was_withdrawn_was_not_published(table: MemoryTable) -> None:
    journal(table).write([a_message("1"), a_message("2")])
    journal(table).withdraw([a_message("1")])
    assert says(journal(table), "1") == (False, False)
    assert says(journal(table), "2") == (True, False)
    assert journal(table).handed_over() == 1


def test_what_was_withdrawn_and_published_again_was_published(table: MemoryTable) -> None:
    for _ in range(2):
        journal(table).write([a_message("1")])
    journal(table).withdraw([a_message("1")])
    assert says(journal(table), "1") == (True, False)
    assert journal(table).handed_over() == 1


def test_the_messages_of_all_attempts_of_this_run_and_no_other_are_counted(
    table: MemoryTable,
) -> None:
    journal(table, EARLIER_RUN_ID).write([a_message("1")])
    journal(table).write([a_message("1"), a_message("2")])
    journal(table).write([a_message("2")])
    assert journal(table).handed_over() == 3


@pytest.mark.parametrize(
    ("written_in", "read_in", "repeated"), [(0, 0, True), (0, 1, False), (1, 1, True), (2, 1, True)]
)
def test_an_invocation_is_repeated_where_one_before_wrote_in_its_place(
    table: MemoryTable, written_in: int, read_in: int, repeated: bool
) -> None:
    Journal(table, ACCOUNT, "kms", RUN_ID, written_in).write([a_message("1")])
    opened = Journal(table, ACCOUNT, "kms", RUN_ID, read_in)
    assert opened.is_repeated  # for all that is known
    opened.read()
    assert opened.is_repeated is repeated


def test_a_first_invocation_after_another_run_is_not_repeated(table: MemoryTable) -> None:
    journal(table, EARLIER_RUN_ID).write([a_message("1")])
    assert not journal(table).is_repeated


def test_other_accounts_and_services_have_journals_of_their_own(table: MemoryTable) -> None:
    journal(table).write([a_message("1")])
    assert says(journal(table, service="ec2"), "1") == (False, False)
    assert says(journal(table, account="345678901234"), "1") == (False, False)


def test_the_journal_outlives_a_pause_of_a_week(table: MemoryTable, clock: Clock) -> None:
    journal(table).write([a_message("1")])
    [row] = table.rows.values()
    assert row["expiresAt"] == (clock.moment + timedelta(days=8)).timestamp()


def test_a_table_that_refuses_is_an_error(table: MemoryTable) -> None:
    opened = journal(table)
    table.refusal = StorageRefusedError("runs-table: no")
    with pytest.raises(StorageRefusedError):
        opened.read()
    with pytest.raises(StorageRefusedError):
        opened.write([a_message("1")])
