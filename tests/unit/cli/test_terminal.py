"""What is shown is a table or JSON, and never what a terminal would obey."""

import io
import json
import os
import subprocess
import sys
import time
from typing import Any

import pytest
import typer
from rich.console import Console

from cidb2.visible import visible
from cli.options import CommandContext, on_a_stack
from cli.terminal import Output
from cli.text import readable, to_json
from tests.support import hostile

COLUMNS = {"name": "NAME", "tags": "TAGS", "count": "COUNT"}


def shown(rows: Any, *, as_json: bool = False, is_terminal: bool = True, width: int = 400) -> str:
    file = io.StringIO()
    console = Console(
        file=file,
        width=width,
        highlight=False,
        emoji=False,
        markup=False,
        color_system=None,
        force_terminal=is_terminal,
    )
    Output(as_json, console).table(rows, COLUMNS, "nothing at all")
    return file.getvalue()


@pytest.mark.parametrize("is_terminal", [True, False])
@pytest.mark.parametrize("text", hostile.IN_JSON)
def test_hostile_text_is_shown_and_not_obeyed(text: str, *, is_terminal: bool) -> None:
    told = shown([{"name": text, "tags": {text: text}, "count": 1}], is_terminal=is_terminal)
    assert all(line.isprintable() for line in told.split("\n"))
    assert len(told.split("\n")) == 3
    assert visible(text) in told


@pytest.mark.parametrize("text", hostile.IN_JSON)
def test_json_is_ascii_and_says_the_same(text: str) -> None:
    told = shown([{"name": text}], as_json=True)
    assert json.loads(told) == [{"name": text}]
    assert all(line.isascii() and line.isprintable() for line in told.split("\n"))
    assert all(line.isprintable() for line in readable({text: text}, indent=1).split("\n"))


def test_figures_stand_right_and_what_is_not_known_is_a_dash() -> None:
    rows = [{"name": "a", "tags": None, "count": 1_000}, {"name": "b", "count": None}]
    assert shown(rows, is_terminal=False) == (
        "NAME  TAGS  COUNT\na        -  1,000\nb        -      -\n"
    )


def test_a_narrow_terminal_folds_the_last_column_alone_or_has_a_line_for_each() -> None:
    name = "arn:aws:s3:::a-bucket-with-a-long-name"
    row = {"name": name, "tags": {"a": 1}, "count": "so many that they are written out in words"}
    wide, *folded = (line.split() for line in shown([row], width=80).splitlines()[1:])
    assert (wide[0], wide[1:3]) == (name, ['{"a":', "1}"])
    assert folded
    figures = [{"name": name, "tags": "no", "count": 1}]
    assert len(shown(figures, width=56).splitlines()) == 2
    assert len(shown(figures, width=50).splitlines()) == 3
    assert shown([row, row], width=40) == "\n".join(
        2 * [f'NAME   {name}\nTAGS   {{"a": 1}}\nCOUNT  {row["count"]}\n']
    )


def test_a_pipe_gets_columns_that_stand_below_each_other_in_every_alphabet() -> None:
    rows = [{"name": "漢字", "tags": "é", "count": 7}, {"name": "abcdef", "tags": "", "count": 12}]
    assert shown(rows, is_terminal=False) == (
        "NAME    TAGS  COUNT\n漢字    é         7\nabcdef           12\n"
    )


def test_a_pipe_gets_many_rows_at_once() -> None:
    rows = [{"name": f"{number}", "tags": None, "count": number} for number in range(20_000)]
    began = time.process_time()
    assert len(shown(rows, is_terminal=False).splitlines()) == 20_001
    assert time.process_time() - began < 2


def test_nothing_is_told_in_words_or_as_an_empty_array() -> None:
    assert shown([]) == "nothing at all\n"
    assert shown([], as_json=True) == "[]\n"


def test_letters_of_every_alphabet_stay_readable() -> None:
    assert readable({"目的": "é"}) == '{"目的": "é"}'
    assert to_json("\x7f\x1b") == '"\\u007f\\u001b"'


@on_a_stack
def a_command(asked: CommandContext) -> None:
    asked.output.say("目的")


def test_letters_that_an_encoding_lacks_are_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding="ascii"))
    with pytest.raises(typer.Exit) as ended:
        a_command(stack=None, profile=None, stack_region=None, as_json=False)
    assert (ended.value.exit_code, written.getvalue()) == (0, b"\\u76ee\\u7684\n")


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_who_reads_no_further_ends_it_without_a_word(options: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-c", "from cli.main import app; app()", "sql", *options]
    with open(writing, "wb") as pipe:  # noqa: PTH123 - there is no path
        ran = subprocess.run(command, stdout=pipe, stderr=subprocess.PIPE, check=False)
    assert (ran.returncode, ran.stderr) == (141, b"")
