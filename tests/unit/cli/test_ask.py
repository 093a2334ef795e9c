"""Questions as people ask them: which there are, what they need, and what answers rest on."""

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from rich.console import Console

from cli import ask as asking
from cli.ask import ask
from cli.errors import CliError
from cli.options import CommandContext
from cli.queries import query_of
from cli.terminal import Output
from lake.answer import Answer
from lake.basis import split
from lake.saved import questions

NAMES = ["answer", "resourcetype", "accountid", "awsregion", "resourcename", "arn", "because"]
USED = (
    "USES",
    "AWS::EC2::Volume",
    "1",
    "eu-west-1",
    "data",
    "arn:volume",
    "Is associated with Key",
)
GAP = ("NOT LISTED", None, "2", "eu-west-1", "ec2", None, "THROTTLED: DescribeImages, DescribeX")
RESTS = ("RESTS ON", None, None, None, None, None, "5 of 7 listings in 2 accounts")


class Asked:
    """A command line whose engine answers what it is told, and notes what it is asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *rows: Any, as_json: bool = False) -> None:
        self.parameters: Sequence[str] = ()
        self.file = io.StringIO()
        console = Console(file=self.file, width=200, force_terminal=True, color_system=None)
        self.context = CommandContext(None, Output(as_json, console))  # type: ignore[arg-type]
        self._rows = [*rows]

        @contextmanager
        def engine_of(*_: Any) -> Iterator["Asked"]:
            yield self

        monkeypatch.setattr(asking, "engine_of", engine_of)

    def ask(self, _: str, parameters: Sequence[str] = ()) -> Answer:
        self.parameters = parameters
        return Answer(NAMES, self._rows)


def test_an_answer_is_followed_by_what_it_rests_on(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(monkeypatch, USED, GAP, RESTS)
    assert ask(asked.context, "what-uses", "alias/x") == 0
    assert asked.parameters == ["alias/x"]
    text = asked.file.getvalue()
    assert "Is associated with Key" in text
    assert "THROTTLED: DescribeImages, DescribeX" in text
    assert "This answer rests on 7 listings in 2 accounts; 5 are known." in text


def test_nothing_found_is_a_negative_result_with_the_same_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = Asked(monkeypatch, GAP, RESTS)
    assert ask(asked.context, "unused-resources") == 1
    text = asked.file.getvalue()
    assert text.startswith("Nothing found.\n")
    assert "THROTTLED" in text


def test_json_has_answers_and_gaps_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(monkeypatch, USED, GAP, RESTS, as_json=True)
    ask(asked.context, "what-uses", "alias/x")
    told = json.loads(asked.file.getvalue())
    assert [row["arn"] for row in told["answers"]] == ["arn:volume"]
    [gap] = told["restsOn"].pop("notListed")
    assert told["restsOn"] == {"known": 5, "listings": 7, "accounts": 2}
    assert gap["listings"] == ["DescribeImages", "DescribeX"]
    assert (gap["reason"], gap["service"]) == ("THROTTLED", "ec2")


def test_questions_are_listed_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(monkeypatch)
    assert ask(asked.context) == 0
    assert all(name in asked.file.getvalue() for name in questions())


def test_a_tag_is_asked_for_as_the_lake_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(monkeypatch, RESTS)
    ask(asked.context, "belongs-to", 'Owner=Zoë "x"')
    assert {*asked.parameters} == {'Owner=Zo\\u00eb \\"x\\"'}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["what-eats"], "There is no question what-eats."),
        (["what-uses"], "what-uses needs an argument: its ARN, id, name, alias or address."),
        (["blind-spots", "x"], "blind-spots does not take an argument."),
    ],
)
def test_a_mistake_is_a_usage_error(monkeypatch: pytest.MonkeyPatch, given: Any, said: str) -> None:
    with pytest.raises(CliError) as refused:
        ask(Asked(monkeypatch).context, *given)
    assert (str(refused.value), refused.value.code) == (said, 2)
    assert refused.value.advice


def test_sql_says_who_answers_questions_with_an_argument() -> None:
    with pytest.raises(CliError, match="what-uses needs an argument") as refused:
        query_of("what-uses")
    assert refused.value.advice == "Pass it: `cidb2 ask what-uses ...`."


def test_every_answer_has_a_last_row() -> None:
    with pytest.raises(ValueError, match="unpack"):
        split(Answer(NAMES, [USED]).by_column())
