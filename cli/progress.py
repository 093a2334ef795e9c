"""Shows a run's progress from data that any operator can read: its execution and the ledger."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from cidb2.aws.table import Row
from cidb2.ledger.packing import best
from cidb2.ledger.view import LedgerView
from cidb2.reasons import Reason
from cidb2.scope import EVERY_ACCOUNT
from cidb2.services import COLLECTORS, by_collector, collector_title

EVERY_SECONDS = 0.5
QUIET_SECONDS = 2.0
"""Intervals between reads of the tables, and between lines without a terminal."""

WATCHING_SHARE = 0.2
"""Maximum share of time spent reading: the ledger of a large run is slow to read."""

RECENT_RUNS = 10
OF_A_RUN = ("runId", "executionArn", "services", "accounts")
OF_A_ROW = (
    *("service", "collector", "accountId", "regions", "stored"),
    *("runId", "startedAt", "scopes", "awsRegion", "outcome", "finishedAt", "items", "published"),
    "reason",
)
"""Attributes that progress needs; from `awsRegion` on, only in rows of earlier releases."""


@dataclass
class Snapshot:
    """A run's progress. `done` counts finished accounts by collector, out of `accounts`."""

    collectors: tuple[str, ...] = ()
    accounts: int = 0
    done: Counter[str] = field(default_factory=Counter)
    items: int = 0
    published: int = 0
    stored: int = 0

    @property
    def figures(self) -> str:
        """The totals as text."""
        return f"{self.items:,} items · {self.published:,} published · {self.stored:,} stored"


class RunWatch:
    """Reads the ledger for one execution."""

    def __init__(self, ledger: LedgerView, execution: str) -> None:
        self._ledger = ledger
        self._execution = execution
        self._run: Row | None = None

    def look(self) -> Snapshot:
        """Return the current progress; it is empty until Initialize has written the run's row."""
        if self._run is None:
            runs = self._ledger.recent_runs(RECENT_RUNS, OF_A_RUN)
            self._run = next((r for r in runs if r["executionArn"] == self._execution), None)
        if self._run is None:
            return Snapshot()
        return summed(self._run, self._ledger.all_rows(self._run["runId"], OF_A_ROW))


def summed(run: Row, rows: Iterable[Row]) -> Snapshot:
    """Return the progress computed from a run's rows.

    A collector has finished an account when it has failed, or when all planned regions of all its
    services have outcomes. It has finished all accounts when its whole collection has failed.
    """
    collectors = by_collector(run["services"])
    snapshot = Snapshot(tuple(collectors), int(run["accounts"]))
    open_regions, dead = Counter[tuple[str, str]](), set()
    recorded = defaultdict[tuple[str, str], list[Row]](list)
    for row in rows:
        kind, collection = (
            row["sk"].split("#")[0],
            (row.get("service", ""), row.get("accountId", "")),
        )
        if kind == "scope":
            recorded[collection].append(row)
        elif kind == "collection":
            open_regions[collection] += len(row.get("regions", []))
        elif kind == "failure":
            dead |= {(service, row["accountId"]) for service in COLLECTORS[row["collector"]]}
        elif kind == "stored":
            snapshot.stored += int(row.get("stored", 0))
    for collection, of_one in recorded.items():
        scopes = best(of_one)
        if scopes[0].get("reason") == Reason.ACCOUNT_SUSPENDED:  # not collected
            continue
        open_regions[collection] -= len(scopes)
        snapshot.items += sum(int(scope["items"]) for scope in scopes)
        snapshot.published += sum(int(scope["published"]) for scope in scopes)
    done = dead | {collection for collection, count in open_regions.items() if count <= 0}
    for collector, services in collectors.items():
        accounts = [{account for of, account in done if of == service} for service in services]
        whole = set.intersection(*accounts)
        snapshot.done[collector] = snapshot.accounts if EVERY_ACCOUNT in whole else len(whole)
    return snapshot


def follow(watch: RunWatch, is_running: Callable[[], bool], console: Console) -> None:
    """Show progress until the execution ends: bars on a terminal, occasional lines elsewhere."""
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
        TextColumn("  {task.description:<10}"), BarColumn(), accounts, console=console
    )
    for collector in snapshot.collectors:
        done = snapshot.done[collector]
        progress.add_task(collector_title(collector), total=snapshot.accounts, completed=done)
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
        done = (
            f"{collector_title(name)} {snapshot.done[name]}/{of}" for name in snapshot.collectors
        )
        line = f"{'  '.join(done)}  accounts · {snapshot.figures}" if of else "Initialize ..."
        if line != said:
            console.print(f"  {seconds:5.1f} s  {line}", highlight=False, soft_wrap=True)
            said = line


def _pause(looked: float) -> float:
    """Return the pause after a read that began at `looked`, in seconds."""
    return max(EVERY_SECONDS, (time.monotonic() - looked) / WATCHING_SHARE)
