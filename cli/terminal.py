"""Showing things: a table for people or JSON for pipes, and nothing that a terminal would obey."""

import io
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.text import Text

from cli.tables import UNBOUNDED, Row, grid, has_room, lines, records
from cli.text import paragraphs, to_json


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

    def warn(self, text: str) -> None:
        """Show on stderr what the answer lacks, whoever asks."""
        line = Text("Skipped: ", "yellow") + Text(paragraphs(text))
        new_console(stderr=True).print(line, soft_wrap=True)

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
        if self.console.is_terminal and has_room(rows, columns, self.console):
            self.console.print(grid(rows, columns))
            return
        if self.console.is_terminal:
            self.console.print(records(rows, columns), soft_wrap=True)
            return
        for line in lines(rows, columns):
            self.console.file.write(line + "\n")
