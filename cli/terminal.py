"""Showing things: a table for people or JSON for pipes, and nothing that a terminal would obey."""

import io
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

Row = Mapping[str, Any]

UNBOUNDED = 100_000
"""Columns of what is no terminal: nothing is folded that a script would have to unfold."""

NARROWEST = 24
"""Columns that the last column of a table has at least."""

STYLES = {
    "COMPLETE": "green",
    "PARTIAL": "yellow",
    "FAILED": "bold red",
    "RUNNING": "cyan",
    "CREATED": "green",
    "CHANGED": "yellow",
    "DELETED": "red",
}


def visible(text: str) -> str:
    """Return text from outside as a terminal may show it: what is no plain character is escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def paragraphs(text: str) -> str:
    """Return the same of a text that may have several lines."""
    return "\n".join(map(visible, text.split("\n")))


def to_json(document: Any) -> str:
    """Return JSON for pipes, in ASCII alone: a terminal takes none of it amiss either."""
    return json.dumps(document, indent=2, default=str).replace("\x7f", "\\u007f")


def readable(document: Any, *, indent: int | None = None) -> str:
    """Return JSON for people: letters of every alphabet as they are, what is none escaped."""
    return paragraphs(json.dumps(document, ensure_ascii=False, indent=indent, default=str))


class _Console(Console):
    """A console that leaves it to its caller what happens when nobody reads any more."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def escape_what_cannot_be_written() -> None:
    """Have letters that the encoding of the terminal or the pipe lacks written as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def drop_what_is_unwritten() -> None:
    """Let go of what standard output still holds, so that Python does not try again at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def new_console(*, stderr: bool = False) -> Console:
    """Return a console that interprets nothing and folds nothing where there is no terminal."""
    console = _Console(highlight=False, emoji=False, markup=False, stderr=stderr)
    if not console.is_terminal:
        console.width = UNBOUNDED
    return console


@dataclass
class Output:
    """Where a command shows its answer, and in which form."""

    as_json: bool = False
    console: Console = field(default_factory=new_console)

    def beside_answer(self) -> Console:
        """Return where to show what is no part of the answer."""
        return new_console(stderr=True) if self.as_json else self.console

    def say(self, text: str, style: str = "") -> None:
        """Show a line to people; pipes that ask for JSON get none of it."""
        if not self.as_json:
            self.console.print(Text(paragraphs(text), style), soft_wrap=True)

    def document(self, document: Any) -> None:
        """Show something as JSON, whoever asks."""
        self.console.file.write(to_json(document) + "\n")

    def table(self, rows: Iterable[Row], columns: Mapping[str, str], nothing: str = "") -> None:
        """Show rows: as JSON whole, as a table those columns, by their names, with their titles."""
        listed = list(rows)
        if self.as_json:
            self.document(listed)
        elif listed:
            self.grid(listed, columns)
        else:
            self.say(nothing)

    def grid(self, rows: Sequence[Row], columns: Mapping[str, str]) -> None:
        """Show rows as a table, or one below the other where the terminal is too narrow for that.

        What is no terminal gets no blanks at the end of lines.
        """
        if self.console.is_terminal:
            if has_room(rows, columns, self.console):
                self.console.print(grid(rows, columns))
            else:
                self.console.print(records(rows, columns), soft_wrap=True)
            return
        with self.console.capture() as captured:
            self.console.print(grid(rows, columns))
        lines = (line.rstrip() for line in captured.get().splitlines())
        self.console.file.write("\n".join(lines).strip("\n") + "\n")


def grid(rows: Sequence[Row], columns: Mapping[str, str]) -> Table:
    """Return rows as a table of rich's, figures to the right; the last column alone is folded."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    *_, last = columns
    for name, title in columns.items():
        is_figure = all(isinstance(row.get(name), int | float | None) for row in rows)
        side: Literal["left", "right"] = "right" if is_figure else "left"
        table.add_column(title, justify=side, overflow="fold", no_wrap=name != last)
    for row in rows:
        table.add_row(*(cell(row.get(name)) for name in columns))
    return table


def has_room(rows: Sequence[Row], columns: Mapping[str, str], console: Console) -> bool:
    """Tell whether a table fits, or leaves room enough for its last column to be folded."""
    *before, _ = columns
    unbounded = console.options.update_width(UNBOUNDED)
    whole, first = (
        Measurement.get(console, unbounded, grid(rows, {name: columns[name] for name in names}))
        for names in (columns, before or columns)
    )
    return min(whole.maximum, first.maximum + NARROWEST) <= console.width


def records(rows: Sequence[Row], columns: Mapping[str, str]) -> Text:
    """Return rows as paragraphs: a line for each column, its title before it."""
    widest = max(map(len, columns.values()))
    lines = [
        [
            Text.assemble((title.ljust(widest), "bold"), "  ", cell(row.get(name)), end="")
            for name, title in columns.items()
        ]
        for row in rows
    ]
    return Text("\n\n").join(Text("\n").join(each) for each in lines)


def cell(value: Any) -> Text:
    """Return a value as it stands in a table."""
    if value is None:
        return Text("-", "dim")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        value = readable(value)
    if isinstance(value, int | float):
        return Text(f"{value:,}")
    return Text(visible(value), STYLES.get(value, ""))
