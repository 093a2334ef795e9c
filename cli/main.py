"""`cidb2`: the commands, and what each is called."""

import typer

from cli.changes import changes
from cli.coverage import coverage
from cli.options import on_a_stack
from cli.report import report
from cli.resources import find, history, show
from cli.runs import failures, runs
from cli.sql import export, sql
from cli.start import start

CODES = (
    "Exit codes: 0 done · 1 the answer is no (nothing found, something missing, run failed) · "
    "2 asked in a wrong way · 3 no such stack, run or resource · 4 not allowed, or no valid "
    "credentials · 5 AWS cannot or will not answer"
)

app = typer.Typer(
    name="cidb2",
    help="The inventory of the AWS resources of an organisation: take it, ask it.",
    epilog=CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

COMMANDS = (
    *(start, runs, report, failures, coverage, find, show, history, changes),
    *(sql, export),
)

for command in COMMANDS:
    app.command()(on_a_stack(command))
