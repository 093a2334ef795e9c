"""`cidb2 ask`: questions about relations, each answer with what it rests on."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from cli.errors import CliError, ExitCode
from cli.options import CommandContext
from cli.queries import EngineName, engine_of, with_relations
from cli.sql import Since
from cli.terminal import Output
from cli.text import to_json
from lake.answer import Answer
from lake.saved import SavedQuery, questions

NOT_LISTED, RESTS_ON = "NOT LISTED", "RESTS ON"
COLUMNS = {
    "answer": "ANSWER",
    "resourcetype": "TYPE",
    "accountid": "ACCOUNT",
    "awsregion": "REGION",
    "resourcename": "NAME",
    "arn": "ARN",
    "because": "BECAUSE",
}
GAPS = {
    "accountid": "ACCOUNT",
    "awsregion": "REGION",
    "resourcename": "SERVICE",
    "because": "NOT LISTED",
}
_FIGURES = re.compile(r"(\d+) of (\d+) listings in (\d+) accounts")

Row = Mapping[str, Any]

Engine = Annotated[
    EngineName,
    typer.Option(help="Query engine: Athena if the stack has it, or DuckDB on this machine."),
]


@dataclass(frozen=True)
class Basis:
    """What an answer rests on: how many listings it needs, how many are known, and the gaps."""

    known: int
    listings: int
    accounts: int
    gaps: Sequence[Row]

    def to_document(self) -> dict[str, Any]:
        names = {"accountid": "accountId", "awsregion": "awsRegion", "resourcename": "service"}
        gaps = [
            {told: row[name] for name, told in names.items()} | _reason_of(row["because"])
            for row in self.gaps
        ]
        figures = {"known": self.known, "listings": self.listings, "accounts": self.accounts}
        return {**figures, "notListed": gaps}

    def tell(self, output: Output) -> None:
        """Show people the gaps, if there are any, and how much the answer rests on."""
        if self.gaps:
            output.say("")
            output.grid(self.gaps, GAPS)
        output.say(
            f"\nThis answer rests on {self.listings:,} listings in {self.accounts:,} "
            f"{'account' if self.accounts == 1 else 'accounts'}; {self.known:,} are known."
        )


def ask(
    asked: CommandContext,
    question: Annotated[
        str | None,
        typer.Argument(
            autocompletion=lambda: list(questions()),
            help="The question. Without it, the questions are listed.",
        ),
    ] = None,
    argument: Annotated[
        str | None, typer.Argument(help="What the question is about, if it takes an argument.")
    ] = None,
    engine: Engine = EngineName.AUTO,
    since: Since = None,
) -> ExitCode:
    """Ask what uses what, what is unused, and who is trusted. Exits with 1 if nothing is found."""
    if question is None:
        listed = [
            {"name": each.name, "title": each.title, "argument": each.argument or None}
            for each in questions().values()
        ]
        titles = {"name": "QUESTION", "title": "ASKS", "argument": "ARGUMENT"}
        asked.output.table(listed, titles)
        return ExitCode.OK
    wanted = _question(question)
    parameters = _parameters(wanted, argument)
    with engine_of(asked, engine, None, since) as chosen, with_relations(chosen) as answering:
        rows, basis = split(answering.ask(wanted.question, parameters))
    if asked.output.as_json:
        told = {"question": wanted.name, "argument": argument, "answers": rows}
        asked.output.document({**told, "restsOn": basis.to_document()})
    else:
        asked.output.table(rows, _columns(rows), "Nothing found.")
        basis.tell(asked.output)
    return ExitCode.OK if rows else ExitCode.NO


def split(answer: Answer) -> tuple[list[Row], Basis]:
    """Return the rows of an answer, and what it rests on, which its last rows tell."""
    rows: list[Row] = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    gaps = [row for row in rows if row["answer"] == NOT_LISTED]
    [last] = [row for row in rows if row["answer"] == RESTS_ON]
    figures = _FIGURES.fullmatch(last["because"])
    known, listings, accounts = map(int, figures.groups()) if figures else (0, 0, 0)
    found = [row for row in rows if row["answer"] not in (NOT_LISTED, RESTS_ON)]
    return found, Basis(known, listings, accounts, gaps)


def _question(name: str) -> SavedQuery:
    wanted = questions().get(name)
    if wanted is None:
        names = ", ".join(questions())
        raise CliError(
            ExitCode.USAGE, f"There is no question {name}.", f"The questions are {names}."
        )
    return wanted


def _parameters(wanted: SavedQuery, argument: str | None) -> list[str]:
    if wanted.argument and not argument:
        message = f"{wanted.name} needs an argument: {wanted.argument}."
        raise CliError(ExitCode.USAGE, message, f"`cidb2 ask {wanted.name} ...`")
    if argument and not wanted.argument:
        raise CliError(ExitCode.USAGE, f"{wanted.name} does not take an argument.", "Omit it.")
    given = to_json(argument)[1:-1] if wanted.is_json else argument
    return [given or ""] * wanted.parameters


def _columns(rows: Sequence[Row]) -> dict[str, str]:
    """Return the columns of a table; the last one only if it says anything."""
    is_told = any(row["because"] for row in rows)
    return {name: title for name, title in COLUMNS.items() if is_told or name != "because"}


def _reason_of(because: str) -> dict[str, Any]:
    reason, _, listings = because.partition(": ")
    return {"reason": reason, "listings": listings.split(", ")}
