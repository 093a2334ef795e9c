"""Prints a run's result: failures with their remedies, and the check's verdict."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cidb2.ledger.runbook import ADVICE
from cidb2.reasons import Reason
from cidb2.services import TITLES
from cidb2.visible import visible
from local.simulation.check import Changes, Report

Summary = Mapping[str, Any]

MOST_LINES = 20


def show_failures(summary: Summary, names: Mapping[str, str], console: Console) -> None:
    """Print what was not collected, by account and reason, with the remedy of each reason."""
    services: dict[tuple[str, str], set[str]] = defaultdict(set)
    wanted: dict[str, set[str]] = defaultdict(set)
    for scope in summary["scopes"]:
        wanted[scope["accountId"]].add(scope["service"])
        if scope["outcome"] != "COMPLETE":
            services[scope["accountId"], scope["reason"]].add(scope["service"])
    if not services:
        return
    failed, advice = _table(), _table()
    for (account, reason), which in sorted(services.items())[:MOST_LINES]:
        listed = ", ".join(TITLES[name] for name in summary["services"] if name in which)
        if len(which) > 1 and which == wanted[account]:
            listed = "all services"
        failed.add_row(account, foreign(names.get(account, "")), listed, reason)
    for reason in sorted({reason for _, reason in services}):
        advice.add_row(reason, ADVICE[Reason(reason)])
    console.print("\n  [bold]Not collected[/]", failed, "\n  [bold]What to do[/]", advice)
    if len(services) > MOST_LINES:
        console.print(f"  ... and {len(services) - MOST_LINES:,} more: see the summary")


def show_check(report: Report, console: Console) -> None:
    """Print the comparison of the inventory with the planted resources."""
    wrong = len(report.missing) + len(report.falsely_deleted) + len(report.differing)
    verdict = "matches" if report.is_equal else "differs from"
    counted = f"{report.resources - wrong:,} of {report.resources:,} resources"
    differences = f"{report.fields:,} fields, {report.differences:,} differences"
    _verdict(
        f"inventory table {verdict} the planted accounts: {counted}, {differences}",
        console,
        is_good=report.is_equal,
    )
    _show_types(report.types, console)
    lines = list(report.lines())
    for line in lines[:MOST_LINES]:
        console.print(f"      {foreign(line)}", soft_wrap=True)
    if len(lines) > MOST_LINES:
        console.print(f"      ... and {len(lines) - MOST_LINES:,} more")


def _show_types(types: Mapping[str, int], console: Console) -> None:
    table, services = _table(), defaultdict[str, list[str]](list)
    for name, amount in sorted(types.items()):
        _, service, kind = name.split("::")
        services[service].append(f"{kind} {amount:,}")
    for service, kinds in services.items():
        table.add_row("", f"{service}", " · ".join(kinds))
    console.print(table)


def show_changes(changes: Changes, totals: Mapping[str, int], console: Console) -> bool:
    """Print the changes that the run found; return whether they match those in the accounts."""
    real = (len(changes.created), len(changes.changed), len(changes.deleted))
    found = (totals["created"], totals["changed"], totals["deleted"])
    text = "{:,} created, {:,} changed, {:,} deleted"
    compared = f"found {text.format(*found)}, matching the accounts"
    if real != found:
        compared = f"found {text.format(*found)}, but the accounts had {text.format(*real)}"
    _verdict(compared, console, is_good=real == found)
    return real == found


def foreign(text: str) -> str:
    """Return external text, escaped for a console with markup."""
    return escape(visible(text))


def _table() -> Table:
    return Table(box=None, padding=(0, 1, 0, 2), show_header=False)


def _verdict(text: str, console: Console, *, is_good: bool) -> None:
    mark = "[green]✓[/]" if is_good else "[bold red]✗[/]"
    console.print(f"  {mark} {text}", soft_wrap=True)
