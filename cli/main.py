"""`cidb2`: registers the commands and their names."""

import typer

from cli.ask import ask
from cli.changes import changes
from cli.coverage import coverage
from cli.explore import explore
from cli.options import on_a_stack
from cli.refresh import refresh
from cli.related import related
from cli.report import report
from cli.resources import find, history, show
from cli.runs import failures, runs
from cli.sql import export, sql
from cli.start import start

CODES = (
    "Exit codes: 0 success · 1 negative result (nothing found, something missing, run failed) · "
    "2 usage error · 3 stack, run or resource not found · 4 access denied or no valid "
    "credentials · 5 AWS unreachable, or an AWS error"
)

app = typer.Typer(
    name="cidb2",
    help="Collect and query your organisation's AWS inventory.",
    epilog=CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

COMMANDS = (
    *(start, refresh, runs, report, failures, coverage, find, show, history, changes),
    *(related, ask, sql, export, explore),
)

for command in COMMANDS:
    app.command()(on_a_stack(command))
