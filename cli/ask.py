"""`cidb2 ask`: questions about relations, each answer with what it rests on."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from cli.errors import CliError, ExitCode
from cli.options import CommandContext
from cli.queries import EngineName, engine_of, with_relations
from cli.sql import Engine, Since
from cli.terminal import Output
from lake.basis import Basis, Row, split
from lake.saved import SavedQuery, questions

COLUMNS = {
    "answer": "ANSWER",
    "resourcetype": "TYPE",
    "accountid": "ACCOUNT",
    "awsregion": "REGION",
    "resourcename": "NAME",
    "arn": "ARN",
    "accountname": "ACCOUNT NAME",
    "way": "WAY",
    "ports": "PORTS",
    "serves": "SERVES",
    "because": "BECAUSE",
}
EVERY_TIME = {"answer", "resourcetype", "accountid", "awsregion", "resourcename", "arn"}
GAPS = {
    "accountid": "ACCOUNT",
    "awsregion": "REGION",
    "resourcename": "SERVICE",
    "because": "NOT LISTED",
}


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
        rows, basis = split(answering.ask(wanted.question, parameters).by_column())
    if asked.output.as_json:
        told = {"question": wanted.name, "argument": argument, "answers": rows}
        asked.output.document({**told, "restsOn": document_of(basis)})
    else:
        asked.output.table(rows, _columns(rows), "Nothing found.")
        show_basis(basis, asked.output)
    return ExitCode.OK if rows else ExitCode.NO


def document_of(basis: Basis) -> dict[str, Any]:
    """Return the basis of an answer as JSON."""
    names = {"accountid": "accountId", "awsregion": "awsRegion", "resourcename": "service"}
    gaps = [
        {told: row[name] for name, told in names.items()} | _reason_of(row["because"])
        for row in basis.gaps
    ]
    figures = {"known": basis.known, "listings": basis.listings, "accounts": basis.accounts}
    return {**figures, "notListed": gaps}


def show_basis(basis: Basis, output: Output) -> None:
    """Print the gaps, if any, and the number of listings behind the answer."""
    if basis.gaps:
        output.say("")
        output.grid(basis.gaps, GAPS)
    output.say(
        f"\nThis answer rests on {basis.listings:,} listings in {basis.accounts:,} "
        f"{'account' if basis.accounts == 1 else 'accounts'}; {basis.known:,} are known."
    )


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
    return wanted.values_of(argument or "")


def _columns(rows: Sequence[Row]) -> dict[str, str]:
    """Return the columns of the table, without those that are optional and empty."""
    told = {name for row in rows for name, value in row.items() if value} | EVERY_TIME
    return {name: title for name, title in COLUMNS.items() if name in told}


def _reason_of(because: str) -> dict[str, Any]:
    reason, _, listings = because.partition(": ")
    return {"reason": reason, "listings": listings.split(", ")}
