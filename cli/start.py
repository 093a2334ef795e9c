"""`cidb2 start`: starts a run and follows it until it ends."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cidb2.types.selection import check_input
from cli.errors import TELLABLE, CliError, ExitCode, to_cli_error
from cli.execution import RUNNING, SUCCEEDED, Execution, begin, describe
from cli.figures import show_cost, show_figures
from cli.options import CommandContext
from cli.progress import RunWatch, follow
from cli.runs import advise
from cli.stack import Stack
from cli.tables import STYLES
from cli.terminal import Output


def given(text: str) -> Any:
    """Return an execution input: JSON text, a file, or `-` for standard input."""
    try:
        if text == "-":
            return json.load(sys.stdin)
        return json.loads(text if text.lstrip().startswith("{") else Path(text).read_text())
    except OSError as error:
        raise typer.BadParameter(f"{text}: {error.strerror}") from None
    except ValueError as error:
        raise typer.BadParameter(f"not JSON: {error}") from None


def start(
    asked: CommandContext,
    wanted: Annotated[
        Any,
        typer.Option(
            "--input",
            parser=given,
            metavar="FILE|JSON|-",
            help="Execution input (see docs/operations.md). Defaults to collecting everything.",
            show_default=False,
        ),
    ] = "{}",
    *,
    is_followed: Annotated[
        bool, typer.Option("--follow/--no-follow", help="Follow progress until the run finishes.")
    ] = True,
) -> ExitCode:
    """Start a run now. Exits with 1 if the run fails."""
    check_input(wanted)
    stack, output = asked.stack, asked.output
    arn = begin(stack.machines, stack.state_machine, wanted)
    output.say(f"Started {arn}")
    if is_followed:
        return show_end(followed(stack, arn, output), output)
    if output.as_json:
        output.document({"executionArn": arn})
    return ExitCode.OK


def followed(stack: Stack, arn: str, output: Output) -> Execution:
    """Follow an execution and return it; if following stops, print that the run continues."""
    watch = RunWatch(stack.ledger, arn)
    try:
        follow(
            watch, lambda: describe(stack.machines, arn).status == RUNNING, output.beside_answer()
        )
    except KeyboardInterrupt:
        raise CliError(
            ExitCode.INTERRUPTED,
            "Stopped following; the run continues.",
            "`cidb2 runs` will show how it ended. To stop it: aws stepfunctions stop-execution "
            f"--execution-arn {arn}",
        ) from None
    except TELLABLE as error:
        cannot = to_cli_error(error)
        advice = f"The run continues as {arn}. {cannot.advice}".strip()
        raise CliError(cannot.code, f"Cannot follow the run. {cannot}", advice) from error
    return describe(stack.machines, arn)


def show_end(ended: Execution, output: Output) -> ExitCode:
    summary = ended.output
    if ended.status != SUCCEEDED or summary is None:
        if output.as_json:
            outcome = {"executionArn": ended.arn, "status": ended.status, "cause": ended.cause}
            output.document(outcome)
        message = f"The run ended with status {ended.status}. {ended.cause}".strip()
        raise CliError(ExitCode.NO, message, "If the run has an id, `cidb2 failures` shows more.")
    if output.as_json:
        output.document(summary)
        return ExitCode.OK
    line = f"{summary['runId']}  {summary['status']} in {summary['seconds']:.1f} s"
    output.say(f"\n{line}\n", STYLES[summary["status"]])
    show_figures(summary, output.console)
    show_cost(summary["cost"], output.console)
    advise(summary["failures"], output)
    output.say("\n`cidb2 report` opens the report; `cidb2 failures` lists what is missing.")
    return ExitCode.OK
