"""Shows how far a run is, by what any operator can read: the execution and the ledger."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from cidb2.aws.table import Row
from cidb2.ledger.view import LedgerView
from cidb2.services import TITLES

EVERY_SECONDS = 0.5
QUIET_SECONDS = 2.0
"""Between two looks at the tables, and between two lines where there is no terminal."""

WATCHING_SHARE = 0.2
"""The part of the time that looking may take: the ledger of a large run takes a while to read."""

EVERY_ACCOUNT = "*"
"""Stands for the account in the failure row of a whole collection."""

RUNS_LOOKED_AT = 10
OF_A_RUN = ("runId", "executionArn", "services", "accounts")
OF_A_ROW = ("service", "accountId", "regions", "publishing", "items", "published", "stored")
"""The attributes that tell how far a run is."""


@dataclass
class Snapshot:
    """Where a run is. `done` counts accounts by service, out of `accounts`."""

    services: tuple[str, ...] = ()
    accounts: int = 0
    done: Counter[str] = field(default_factory=Counter)
    items: int = 0
    published: int = 0
    stored: int = 0

    @property
    def figures(self) -> str:
        """The totals in words."""
        return f"{self.items:,} items · {self.published:,} published · {self.stored:,} stored"


class RunWatch:
    """Reads the ledger for one execution."""

    def __init__(self, ledger: LedgerView, execution: str) -> None:
        self._ledger = ledger
        self._execution = execution
        self._run: Row | None = None

    def look(self) -> Snapshot:
        """Return where the run is now; nothing is known before Initialize has written its row."""
        if self._run is None:
            runs = self._ledger.recent_runs(RUNS_LOOKED_AT, OF_A_RUN)
            self._run = next((r for r in runs if r["executionArn"] == self._execution), None)
        if self._run is None:
            return Snapshot()
        return summed(self._run, self._ledger.all_rows(self._run["runId"], OF_A_ROW))


def summed(run: Row, rows: Iterable[Row]) -> Snapshot:
    """Return what a run's rows add up to.

    A collector is done with an account once it died, or has told what it published and every
    region it planned has its outcome; with all accounts, once its whole collection has failed.
    """
    snapshot = Snapshot(tuple(run["services"]), int(run["accounts"]))
    open_regions, dead, ended = Counter[tuple[str, str]](), set(), set()
    for row in rows:
        kind, collection = (
            row["sk"].split("#")[0],
            (row.get("service", ""), row.get("accountId", "")),
        )
        if kind == "scope":
            open_regions[collection] -= 1
            snapshot.items += int(row["items"])
            snapshot.published += int(row["published"])
        elif kind == "collection":
            open_regions[collection] += len(row.get("regions", []))
            ended |= {collection} if "publishing" in row else set()
        elif kind == "failure":
            dead.add(collection)
        elif kind == "stored":
            snapshot.stored += int(row.get("stored", 0))
    done = dead | {collection for collection in ended if open_regions[collection] <= 0}
    snapshot.done = Counter(service for service, _ in done)
    for service in (service for service, account in dead if account == EVERY_ACCOUNT):
        snapshot.done[service] = snapshot.accounts
    return snapshot


def follow(watch: RunWatch, is_running: Callable[[], bool], console: Console) -> None:
    """Show progress until the execution ends: bars on a terminal, now and then a line elsewhere."""
    if console.is_interactive:
        _show_bars(watch, is_running, console)
    else:
        _print_lines(watch, is_running, console)


def _show_bars(watch: RunWatch, is_running: Callable[[], bool], console: Console) -> None:
    began = time.monotonic()
    with Live(Text("  Initialize ..."), console=console, transient=True) as live:
        while is_running():
            looked = time.monotonic()
            snapshot = watch.look()
            if snapshot.accounts:
                figures = f"  {snapshot.figures} · {time.monotonic() - began:.0f} s"
                live.update(Group(_bars(snapshot, console), Text(figures, style="dim")))
            time.sleep(_pause(looked))


def _bars(snapshot: Snapshot, console: Console) -> Progress:
    accounts = TextColumn("{task.completed:.0f} of {task.total:.0f} accounts")
    progress = Progress(
        TextColumn("  {task.description:<6}"), BarColumn(), accounts, console=console
    )
    for service in snapshot.services:
        done = snapshot.done[service]
        progress.add_task(TITLES[service], total=snapshot.accounts, completed=done)
    return progress


def _print_lines(watch: RunWatch, is_running: Callable[[], bool], console: Console) -> None:
    began, said = time.monotonic(), ""
    due = began + QUIET_SECONDS
    while is_running():
        time.sleep(EVERY_SECONDS)
        if time.monotonic() < due:
            continue
        looked = time.monotonic()
        seconds, snapshot = looked - began, watch.look()
        due = time.monotonic() + max(QUIET_SECONDS, _pause(looked))
        of = snapshot.accounts
        done = (f"{TITLES[name]} {snapshot.done[name]}/{of}" for name in snapshot.services)
        line = f"{'  '.join(done)}  accounts · {snapshot.figures}" if of else "Initialize ..."
        if line != said:
            console.print(f"  {seconds:5.1f} s  {line}", highlight=False, soft_wrap=True)
            said = line


def _pause(looked: float) -> float:
    """Return how long to wait after a look that began at `looked`."""
    return max(EVERY_SECONDS, (time.monotonic() - looked) / WATCHING_SHARE)
