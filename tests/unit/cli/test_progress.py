"""A run is followed with bars on a terminal and with lines elsewhere, by looks at the ledger."""

import io
from collections import Counter
from typing import Any, cast

import pytest
from rich.console import Console

from cidb2.ledger.writer import Ledger
from cli import progress
from cli.progress import RunWatch, Snapshot, follow, summed
from tests.support.builders import RUN_ID
from tests.support.fakes import MemoryTable

EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:machine:one"


class Watch:
    """A run that is a step further at each look."""

    def __init__(self) -> None:
        self.looks = 0

    def look(self) -> Snapshot:
        self.looks += 1
        done = Counter(iam=min(self.looks - 1, 2))
        return Snapshot(("iam", "s3"), 0 if self.looks == 1 else 2, done, items=1000 * self.looks)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY_SECONDS", 0.001)
    monkeypatch.setattr(progress, "QUIET_SECONDS", 0.001)


def followed(watch: Watch, *, is_terminal: bool, looks: int) -> str:
    file = io.StringIO()
    console = Console(file=file, width=100, force_terminal=is_terminal, force_interactive=False)
    if is_terminal:
        console.is_interactive = True
    follow(cast("Any", watch), lambda: watch.looks < looks, console)
    return file.getvalue()


def test_lines_tell_only_what_is_new() -> None:
    told = followed(Watch(), is_terminal=False, looks=3).splitlines()
    assert [line.split(" s  ")[1] for line in told] == [
        "Initialize ...",
        "IAM 1/2  S3 0/2  accounts · 2,000 items · 0 published · 0 stored",
        "IAM 2/2  S3 0/2  accounts · 3,000 items · 0 published · 0 stored",
    ]


def test_bars_are_drawn_on_a_terminal_and_gone_at_the_end() -> None:
    told = followed(Watch(), is_terminal=True, looks=3)
    assert "2 of 2 accounts" in told
    assert "3,000 items" in told
    assert told.endswith("\x1b[2K")


def test_a_long_look_makes_for_a_long_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.monotonic", lambda: 110.0)
    assert progress._pause(looked=100.0) == 10 / progress.WATCHING_SHARE
    assert progress._pause(looked=110.0) == progress.EVERY_SECONDS


def test_a_collection_that_failed_is_done_with_all_accounts() -> None:
    run = {"services": ["iam", "kms"], "accounts": 8}
    failed = {"sk": "failure#kms#*", "collector": "kms", "accountId": "*"}
    one = {"sk": "failure#iam#1", "collector": "iam", "accountId": "1"}
    assert summed(run, [failed, one]).done == {"kms": 8, "iam": 1}


def test_a_run_is_found_by_its_execution_and_summed_up() -> None:
    table = MemoryTable()
    ledger = Ledger(table, 1)
    watch = RunWatch(ledger, EXECUTION)
    assert watch.look() == Snapshot()
    content = {"services": ["kms"], "accounts": 1}
    ledger.open_run("20270101T000000Z-00000000", {**content, "executionArn": "another"})
    ledger.open_run(RUN_ID, {**content, "executionArn": EXECUTION})
    ledger.plan(RUN_ID, "kms", "1", ["eu-west-1"])
    ledger.add_stored("batch", {(RUN_ID, "kms"): {"stored": 7}})
    assert watch.look() == Snapshot(("kms",), 1, Counter(), stored=7)
