"""Output: tables for people or JSON for pipes, without terminal control sequences."""

import io
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console, RenderableType
from rich.text import Text

from cli.tables import UNBOUNDED, Row, grid, has_room, lines, records
from cli.text import paragraphs, to_json


class _Console(Console):
    """A console that leaves the handling of a broken pipe to its caller."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def escape_unencodable_text() -> None:
    """Escape characters that the encoding of the terminal or pipe does not support."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def discard_unwritten_output() -> None:
    """Discard buffered standard output, so that Python does not try to flush it at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def new_console(*, stderr: bool = False) -> Console:
    """Return a console without markup, and without wrapping if it is not a terminal."""
    console = _Console(highlight=False, emoji=False, markup=False, stderr=stderr)
    if not console.is_terminal:
        console.width = UNBOUNDED
    return console


@dataclass
class Output:
    """A command's output, in its chosen form."""

    as_json: bool = False
    console: Console = field(default_factory=new_console)

    def beside_answer(self) -> Console:
        """Return the console for anything that is not part of the answer."""
        return new_console(stderr=True) if self.as_json else self.console

    def say(self, text: str, style: str = "") -> None:
        """Print a line for people; omitted from JSON output."""
        if not self.as_json:
            self.console.print(Text(paragraphs(text), style), soft_wrap=True)

    def warn(self, text: str) -> None:
        """Print to stderr what the answer lacks, in any output form."""
        line = Text("Skipped: ", "yellow") + Text(paragraphs(text))
        new_console(stderr=True).print(line, soft_wrap=True)

    def show(self, what: RenderableType) -> None:
        """Show people something that rich draws; pipes that ask for JSON get none of it."""
        if not self.as_json:
            self.console.print(what, soft_wrap=True)

    def document(self, document: Any) -> None:
        """Print a document as JSON, in any output form."""
        self.console.file.write(to_json(document) + "\n")

    def table(self, rows: Iterable[Row], columns: Mapping[str, str], nothing: str = "") -> None:
        """Show rows: as complete JSON, or as a table of `columns`, which maps names to titles."""
        listed = list(rows)
        if self.as_json:
            self.document(listed)
        elif listed:
            self.grid(listed, columns)
        else:
            self.say(nothing)

    def grid(self, rows: Sequence[Row], columns: Mapping[str, str]) -> None:
        """Show rows as a table, or as paragraphs if the terminal is too narrow.

        Without a terminal, lines have no trailing blanks.
        """
        if self.console.is_terminal and has_room(rows, columns, self.console):
            self.console.print(grid(rows, columns))
            return
        if self.console.is_terminal:
            self.console.print(records(rows, columns), soft_wrap=True)
            return
        for line in lines(rows, columns):
            self.console.file.write(line + "\n")
