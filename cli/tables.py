"""Formats rows for display: as a table, as plain text lines, or as a paragraph per row."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from rich.cells import cell_len
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from cidb2.visible import visible
from cli.text import readable

Row = Mapping[str, Any]

UNBOUNDED = 100_000
"""Width without a terminal: lines are not wrapped, for the benefit of scripts."""

NARROWEST = 24
"""Minimum width of a table's last column."""

STYLES = {
    "COMPLETE": "green",
    "PARTIAL": "yellow",
    "FAILED": "bold red",
    "RUNNING": "cyan",
    "CREATED": "green",
    "CHANGED": "yellow",
    "DELETED": "red",
}


def grid(rows: Sequence[Row], columns: Mapping[str, str]) -> Table:
    """Return rows as a rich table, with numbers aligned right; only the last column wraps."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.show_header = any(columns.values())
    *_, last = columns
    for name, title in columns.items():
        side: Literal["left", "right"] = "right" if _is_figure(rows, name) else "left"
        table.add_column(title, justify=side, overflow="fold", no_wrap=name != last)
    for row in rows:
        table.add_row(*(cell(row.get(name)) for name in columns))
    return table


def has_room(rows: Sequence[Row], columns: Mapping[str, str], console: Console) -> bool:
    """Return whether a table fits, or leaves enough room for its last column to wrap."""
    *before, _ = columns
    unbounded = console.options.update_width(UNBOUNDED)
    whole, first = (
        Measurement.get(console, unbounded, grid(rows, {name: columns[name] for name in names}))
        for names in (columns, before or columns)
    )
    return min(whole.maximum, first.maximum + NARROWEST) <= console.width


def records(rows: Sequence[Row], columns: Mapping[str, str]) -> Text:
    """Return rows as paragraphs: one line per column, with its title."""
    widest = max(map(len, columns.values()))
    lines = [
        [
            Text.assemble((title.ljust(widest), "bold"), "  ", cell(row.get(name)), end="")
            for name, title in columns.items()
        ]
        for row in rows
    ]
    return Text("\n\n").join(Text("\n").join(each) for each in lines)


def lines(rows: Sequence[Row], columns: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of the table as plain text, without trailing blanks."""
    titles = [*columns.values()]
    cells = [[cell(row.get(name)).plain for name in columns] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(titles, *cells, strict=True)]
    sides = [_is_figure(rows, name) for name in columns]
    for texts in (titles, *cells) if any(titles) else cells:
        padded = (
            " " * (width - cell_len(text)) + text
            if is_figure
            else text + " " * (width - cell_len(text))
            for text, width, is_figure in zip(texts, widths, sides, strict=True)
        )
        yield "  ".join(padded).rstrip()


def _is_figure(rows: Sequence[Row], name: str) -> bool:
    return all(isinstance(row.get(name), int | float | None) for row in rows)


def cell(value: Any) -> Text:
    """Return a value as displayed in a table."""
    if value is None:
        return Text("-", "dim")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        value = readable(value)
    if isinstance(value, int | float):
        return Text(f"{value:,}")
    return Text(visible(value), STYLES.get(value, ""))
