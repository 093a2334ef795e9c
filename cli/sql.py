"""`cidb2 sql` and `cidb2 export`: shows or saves the results of SQL queries over the lake."""

import sys
from collections.abc import Sequence
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Annotated

import typer

from cli.errors import CliError, ExitCode
from cli.options import CommandContext
from cli.queries import EngineName, engine_of, fetched_lake, query_of
from lake.export import Form
from lake.saved import saved_queries

TO_STDOUT = "-"
EVERYTHING = """
SELECT
    resources.*,
    accounts.accountname, accounts.accountstate, accounts.accountunit, accounts.accounttags
FROM resources
LEFT JOIN accounts ON resources.accountid = accounts.accountid
ORDER BY resources.resourcetype, resources.accountid, resources.awsregion, resources.arn
"""


def day_of(text: str) -> date:
    """Return a day in the form 2026-11-24."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day such as 2026-11-24") from None


Day = Annotated[
    date | None,
    typer.Option(parser=day_of, metavar="DAY", help="As of the end of this day: 2026-11-24."),
]
Engine = Annotated[
    EngineName,
    typer.Option(help="Query engine: Athena if the stack has it, or DuckDB on this machine."),
]
Since = Annotated[
    date | None,
    typer.Option(
        parser=day_of,
        metavar="DAY",
        help="First day to fetch for DuckDB. Defaults to 31 days before --day or today.",
    ),
]


def sql(
    asked: CommandContext,
    query: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME|SQL|-",
            autocompletion=lambda: list(saved_queries()),
            help="A saved query, SQL in Athena's dialect, or - for standard input. Without it, the "
            "saved queries are listed.",
        ),
    ] = None,
    day: Day = None,
    engine: Engine = EngineName.AUTO,
    since: Since = None,
) -> None:
    """Query the inventory in SQL: items, scopes, resources (current), accounts and relations."""
    if query is None:
        listed = [{"name": each.name, "title": each.title} for each in saved_queries().values()]
        asked.output.table(listed, {"name": "SAVED QUERY", "title": "QUESTION"})
        return
    wanted = query_of(query, day)
    with engine_of(asked, engine, day, since) as chosen:
        answer = chosen.ask(wanted.sql, wanted.parameters)
    columns = unique_names(answer.columns)
    rows = [dict(zip(columns, row, strict=True)) for row in answer.rows]
    asked.output.table(rows, {name: name for name in columns}, "No rows.")


def unique_names(names: Sequence[str]) -> list[str]:
    """Return unique column names: repeated ones get a number, as in `n`, `n_2`."""
    unique: list[str] = []
    for name in names:
        free = (f"{name}_{number}" for number in count(2))
        unique.append(
            name if name not in unique else next(one for one in free if one not in unique)
        )
    return unique


def export(
    asked: CommandContext,
    place: Annotated[
        str, typer.Argument(metavar="FILE|-", help="Output file, or - for standard output.")
    ],
    query: Annotated[
        str,
        typer.Option(
            metavar="NAME|SQL|-",
            autocompletion=lambda: list(saved_queries()),
            help="Query to export (default: all current resources).",
            show_default=False,
        ),
    ] = EVERYTHING,
    form: Annotated[
        Form | None, typer.Option("--format", help="Defaults to the file name's extension.")
    ] = None,
    day: Day = None,
    since: Since = None,
) -> None:
    """Export resources or query results as CSV, JSON or Parquet.

    In CSV, text that a spreadsheet would evaluate gets a leading apostrophe.
    """
    chosen, wanted = form or _form_of(place), query_of(query, day)
    if place == TO_STDOUT and sys.stdout.isatty():
        raise CliError(ExitCode.USAGE, "Cannot export to a terminal.", "Name a file or use a pipe.")
    with fetched_lake(asked, day, since) as lake:
        if place == TO_STDOUT:
            lake.write(wanted.sql, sys.stdout.buffer, chosen, wanted.parameters)
            return
        try:
            rows = lake.save(wanted.sql, Path(place), chosen, wanted.parameters)
        except OSError as error:
            raise CliError(ExitCode.USAGE, f"{place}: {error.strerror}") from None
    if asked.output.as_json:
        asked.output.document({"file": place, "format": chosen, "rows": rows})
    asked.output.say(f"Wrote {rows:,} {'row' if rows == 1 else 'rows'} to {place}")


def _form_of(place: str) -> Form:
    try:
        return Form(Path(place).suffix.removeprefix(".").lower())
    except ValueError:
        forms = ", ".join(Form)
        raise CliError(
            ExitCode.USAGE, f"{place} has no known extension.", f"Choose a --format: {forms}."
        ) from None
