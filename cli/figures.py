"""Prints a run's figures, with a column for each collector, and its cost."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cidb2.services import TITLES, by_collector, collector_title

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
    "seconds": "scope seconds",
}
MILLICENT = 0.00005
NAMED = 8
"""Services whose cost is listed; the others are summed."""


def show_figures(summary: Summary, console: Console) -> None:
    """Print the figures, with a column for each collector."""
    services = summary["services"]
    columns = {
        collector_title(collector): _added([services[each] for each in read])
        for collector, read in by_collector(services).items()
    } | {"total": summary["totals"]}
    table = Table(box=None, padding=(0, 0, 0, 1), header_style="bold")
    table.add_column("", no_wrap=True)
    for title in columns:
        table.add_column(title, justify="right")
    for outcome, label in OUTCOMES.items():
        table.add_row(
            f" {label}", *(_number(c["scopes"].get(outcome, 0)) for c in columns.values())
        )
    for name, label in FIGURES.items():
        table.add_row(f" {label}", *(_number(column.get(name, 0)) for column in columns.values()))
    console.print(table)


def show_cost(cost: Summary, console: Console) -> None:
    """Print the run's estimated cost on AWS by service, the most expensive first."""
    dearest = sorted(cost["services"].items(), key=lambda each: -each[1])
    named = {TITLES[name]: amount for name, amount in dearest[:NAMED]}
    named["others"] = sum(amount for _, amount in dearest[NAMED:])
    by_service = " · ".join(
        f"{name} {amount:.4f}" for name, amount in named.items() if amount >= MILLICENT
    )
    console.print(
        f"  Cost     {cost['total']:.4f} {cost['currency']} on AWS (estimate), "
        f"{cost['per1000Resources'] or 0:.4f} per 1,000 resources: {by_service or '0'}",
        soft_wrap=True,
    )


def _added(figures: Iterable[Summary]) -> Summary:
    together, scopes = Counter[str](), Counter[str]()
    for each in figures:
        together.update({name: each.get(name, 0) for name in FIGURES})
        scopes.update(each["scopes"])
    return {**together, "scopes": scopes}


def _number(value: Any) -> Text:
    text = f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"
    return Text(text, "" if value else "dim")
