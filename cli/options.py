"""The options, output and exit codes common to all commands."""

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Annotated, Any

import typer
from rich.text import Text

from cli.errors import TELLABLE, CliError, ExitCode, to_cli_error
from cli.stack import Choice, Stack
from cli.terminal import (
    Output,
    discard_unwritten_output,
    escape_unencodable_text,
    new_console,
)
from cli.text import paragraphs

PANEL = "Stack"


@dataclass
class CommandContext:
    """A command's context: the stack, looked up on first use, and the output."""

    choice: Choice
    output: Output = field(default_factory=Output)

    @cached_property
    def stack(self) -> Stack:
        return self.choice.find()


def on_a_stack(
    command: Callable[..., ExitCode | None],
) -> Callable[..., None]:
    """Add the common options to a command, and exit with its exit code.

    Errors that the user can fix are printed in a line or two. Any other error is a bug and is
    printed with its traceback.
    """
    own = inspect.signature(command, eval_str=True)
    _, *parameters = own.parameters.values()

    @wraps(command)
    def run(
        *,
        stack: str | None,
        profile: str | None,
        stack_region: str | None,
        as_json: bool,
        **given: Any,
    ) -> None:
        escape_unencodable_text()
        asked = CommandContext(Choice(stack, profile, stack_region), Output(as_json))
        try:
            code = command(asked, **given)
            sys.stdout.flush()
        except BrokenPipeError:
            discard_unwritten_output()
            raise typer.Exit(ExitCode.CUT_OFF) from None
        except TELLABLE as error:
            raise typer.Exit(report_error(to_cli_error(error))) from None
        except KeyboardInterrupt:
            raise typer.Exit(ExitCode.INTERRUPTED) from None
        raise typer.Exit(code or ExitCode.OK)

    everything = [
        *(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in parameters),
        *_SHARED,
    ]
    run.__signature__ = inspect.Signature(everything)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in everything}
    return run


def report_error(error: CliError) -> ExitCode:
    """Print the error and its advice to stderr; return the exit code."""
    console = new_console(stderr=True)
    sys.stdout.flush()
    console.print(Text("Error: ", "bold red") + Text(paragraphs(str(error))), soft_wrap=True)
    if error.advice:
        console.print(Text(error.advice), soft_wrap=True)
    return error.code


def _option(name: str, annotation: Any, default: Any = None) -> inspect.Parameter:
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=default, annotation=annotation)


_SHARED = (
    _option(
        "stack",
        Annotated[
            str | None,
            typer.Option(
                metavar="NAME",
                envvar="CIDB2_STACK",
                help="Name of the stack. Defaults to the only CIDB2 stack.",
                rich_help_panel=PANEL,
            ),
        ],
    ),
    _option(
        "profile",
        Annotated[
            str | None,
            typer.Option(
                metavar="NAME",
                help="AWS CLI profile whose credentials to use (or AWS_PROFILE).",
                rich_help_panel=PANEL,
            ),
        ],
    ),
    _option(
        "stack_region",
        Annotated[
            str | None,
            typer.Option(
                metavar="REGION",
                envvar=["CIDB2_STACK_REGION", "AWS_REGION"],
                help="Region of the stack.",
                rich_help_panel=PANEL,
            ),
        ],
    ),
    _option(
        "as_json",
        Annotated[bool, typer.Option("--json", help="Output JSON: one array or object.")],
        default=False,
    ),
)
