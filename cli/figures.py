"""What a run came to, in figures: a column for each service."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cidb2.services import TITLES

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
    "seconds": "collection (s)",
}
MILLICENT = 0.00005


def show_figures(summary: Summary, console: Console) -> None:
    """Print the run's figures, a column for each service."""
    columns = {**summary["services"], "total": summary["totals"]}
    table = Table(box=None, padding=(0, 1, 0, 2), header_style="bold")
    table.add_column("")
    for name in columns:
        table.add_column(TITLES.get(name, name), justify="right")
    for outcome, label in OUTCOMES.items():
        table.add_row(label, *(_number(c["scopes"].get(outcome, 0)) for c in columns.values()))
    for name, label in FIGURES.items():
        table.add_row(label, *(_number(column.get(name, 0)) for column in columns.values()))
    console.print(table)


def show_cost(cost: Summary, console: Console) -> None:
    """Print the estimated cost of the run on AWS, by service, the most expensive first."""
    dearest = sorted(cost["services"].items(), key=lambda each: -each[1])
    by_service = " · ".join(
        f"{TITLES[name]} {amount:.4f}" for name, amount in dearest if amount >= MILLICENT
    )
    console.print(
        f"  Cost     {cost['total']:.4f} {cost['currency']} on AWS (estimate), "
        f"{cost['per1000Resources'] or 0:.4f} per 1,000 resources: {by_service or '0'}",
        soft_wrap=True,
    )


def _number(value: Any) -> Text:
    text = f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"
    return Text(text, "" if value else "dim")
