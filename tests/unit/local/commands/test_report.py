"""What `make run` shows: text from outside is shown, and never interpreted."""

import io
from typing import Any

import pytest
from rich.console import Console

from cidb2.ledger.runbook import ADVICE
from cidb2.reasons import Reason
from cidb2.visible import visible
from local.commands.report import foreign, show_check, show_failures
from local.simulation.check import Report
from tests.support import hostile


def shown(show: Any) -> str:
    """Return what reaches a terminal without colours, whose every control character is foreign."""
    file = io.StringIO()
    show(
        Console(
            file=file,
            width=400,
            highlight=False,
            emoji=False,
            color_system=None,
            force_terminal=True,
        )
    )
    return file.getvalue()


@pytest.mark.parametrize("text", hostile.IN_JSON)
def test_an_accounts_name_is_shown_as_it_is(text: str) -> None:
    scope = {"accountId": "123", "reason": "ROLE_DENIED", "outcome": "FAILED", "service": "kms"}
    summary = {"scopes": [scope], "services": {"kms": {}}}
    told = shown(lambda console: show_failures(summary, {"123": text}, console))
    assert all(line.isprintable() for line in told.split("\n"))
    assert visible(text) in told


@pytest.mark.parametrize("reason", Reason)
def test_what_to_do_is_told_in_the_words_of_the_runbook(reason: Reason) -> None:
    scope = {"accountId": "123", "reason": reason.value, "outcome": "FAILED", "service": "kms"}
    summary = {"scopes": [scope], "services": {"kms": {}}}
    told = shown(lambda console: show_failures(summary, {}, console))
    assert ADVICE[reason] in told


@pytest.mark.parametrize("text", hostile.IN_JSON)
def test_a_difference_is_one_line_whatever_is_in_it(text: str) -> None:
    report = Report(resources=1, differing={"arn": [f"tags.{text}"]})
    told = shown(lambda console: show_check(report, console))
    assert all(line.isprintable() for line in told.split("\n"))
    assert f"tags.{visible(text)}\n" in told


def test_what_is_no_plain_character_is_written_out() -> None:
    assert foreign("\x1b[2J\u202e\n") == "‹U+001B›[2J‹U+202E›‹U+000A›"
    assert foreign("Ω é \U0001f4a9") == "Ω é \U0001f4a9"
    assert foreign("[red]") == r"\[red]"
