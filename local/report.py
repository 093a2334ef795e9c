"""What a run came to, for a person: figures, what failed and what to do, the check's verdict."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from local.check import Changes, Report

Summary = Mapping[str, Any]

OUTCOMES = {"COMPLETE": "scopes complete", "PARTIAL": "scopes partial", "FAILED": "scopes failed"}
FIGURES = {
    "items": "items",
    "created": "  created",
    "changed": "  changed",
    "unchanged": "  unchanged",
    "deleted": "deleted",
    "unreadable": "unreadable fields",
    "published": "published",
    "failed": "not published",
    "stored": "stored",
    "apiCalls": "API calls",
    "seconds": "seconds of work",
}
ADVICE = {
    "ROLE_DENIED": "deploy the collector role there: member-account/template.yaml",
    "ACCESS_DENIED": "let the collector role make the call that the summary names",
    "SCP_DENIED": "exempt the collector role from the service control policy",
    "ACCOUNT_SUSPENDED": "nothing; what was known of the account is kept",
    "SUSPECT_MASS_DELETION": "if they are really gone, run once with config.allow_mass_deletion",
}
MOST_LINES = 20
MILLICENT = 0.00005


def show_figures(summary: Summary, console: Console) -> None:
    """Print the run's figures, a column for each service."""
    columns = {**summary["services"], "total": summary["totals"]}
    table = _table("", *(name.upper() if name != "total" else name for name in columns))
    for outcome, label in OUTCOMES.items():
        table.add_row(label, *(_number(c["scopes"].get(outcome, 0)) for c in columns.values()))
    for name, label in FIGURES.items():
        table.add_row(label, *(_number(column.get(name, 0)) for column in columns.values()))
    console.print(table)


def show_cost(cost: Summary, console: Console) -> None:
    """Print what the run is estimated to have cost on AWS, by service, the dearest first."""
    dearest = sorted(cost["services"].items(), key=lambda each: -each[1])
    by_service = " · ".join(
        f"{name} {amount:.4f}" for name, amount in dearest if amount >= MILLICENT
    )
    console.print(
        f"  Cost     {cost['total']:.4f} {cost['currency']} on AWS by the run's estimate, "
        f"{cost['per1000Resources'] or 0:.4f} by 1,000 resources: {by_service or '0'}",
        soft_wrap=True,
    )


def show_failures(summary: Summary, names: Mapping[str, str], console: Console) -> None:
    """Print what was not collected, by account and reason, and what to do about each reason."""
    services: dict[tuple[str, str], set[str]] = defaultdict(set)
    for scope in summary["scopes"]:
        if scope["outcome"] != "COMPLETE":
            services[scope["accountId"], scope["reason"]].add(scope["service"])
    if not services:
        return
    failed, advice = _table(), _table()
    for (account, reason), which in sorted(services.items())[:MOST_LINES]:
        listed = " ".join(name.upper() for name in summary["services"] if name in which)
        failed.add_row(account, foreign(names.get(account, "")), listed, reason)
    for reason in sorted({reason for _, reason in services}):
        advice.add_row(reason, ADVICE.get(reason, "see docs/operations.md"))
    console.print("\n  [bold]Not collected[/]", failed, "\n  [bold]What to do[/]", advice)
    if len(services) > MOST_LINES:
        console.print(f"  ... and {len(services) - MOST_LINES:,} more: see the summary")


def show_check(report: Report, console: Console) -> None:
    """Print how the inventory compares with what was planted."""
    wrong = len(report.missing) + len(report.falsely_deleted) + len(report.differing)
    verdict = "equals" if report.is_equal else "differs from"
    counted = f"{report.resources - wrong:,} of {report.resources:,} resources"
    differences = f"{report.fields:,} fields, {report.differences:,} differences"
    _verdict(
        f"inventory table {verdict} the planted accounts: {counted}, {differences}",
        console,
        is_good=report.is_equal,
    )
    lines = list(report.lines())
    for line in lines[:MOST_LINES]:
        console.print(f"      {foreign(line)}", soft_wrap=True)
    if len(lines) > MOST_LINES:
        console.print(f"      ... and {len(lines) - MOST_LINES:,} more")


def show_changes(changes: Changes, totals: Mapping[str, int], console: Console) -> bool:
    """Print what the run found changed; return whether it is what changed in the accounts."""
    real = (len(changes.created), len(changes.changed), len(changes.deleted))
    found = (totals["created"], totals["changed"], totals["deleted"])
    text = "{:,} created, {:,} changed, {:,} deleted"
    told = f"found {text.format(*found)}, as in the accounts"
    if real != found:
        told = f"found {text.format(*found)}; in the accounts {text.format(*real)}"
    _verdict(told, console, is_good=real == found)
    return real == found


def foreign(text: str) -> str:
    """Return text from outside as a terminal may show it: what is no plain character is escaped."""
    visible = (c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return escape("".join(visible))


def _table(*headers: str) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 2), show_header=bool(headers), header_style="bold")
    for number, header in enumerate(headers):
        table.add_column(header, justify="right" if number else "left")
    return table


def _verdict(text: str, console: Console, *, is_good: bool) -> None:
    mark = "[green]✓[/]" if is_good else "[bold red]✗[/]"
    console.print(f"  {mark} {text}", soft_wrap=True)


def _number(value: Any) -> str:
    text = f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"
    return text if value else f"[dim]{text}[/]"
