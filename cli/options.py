"""What every command takes: which stack, whose credentials, which form; and how it ends."""

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Annotated, Any

import typer
from rich.text import Text

from cli.errors import TELLABLE, CliError, ExitCode, told
from cli.stack import Choice, Stack
from cli.terminal import (
    Output,
    drop_what_is_unwritten,
    escape_what_cannot_be_written,
    new_console,
)
from cli.text import paragraphs

PANEL = "Stack"


@dataclass
class CommandContext:
    """What a command works with: the stack, found when it is first needed, and the output."""

    choice: Choice
    output: Output = field(default_factory=Output)

    @cached_property
    def stack(self) -> Stack:
        return self.choice.find()


def on_a_stack(
    command: Callable[..., ExitCode | None],
) -> Callable[..., None]:
    """Give a command the options of every command, and end it with its exit code.

    What the person can mend is told in a line or two; any other error is a fault of ours and
    comes with its traceback.
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
        escape_what_cannot_be_written()
        asked = CommandContext(Choice(stack, profile, stack_region), Output(as_json))
        try:
            code = command(asked, **given)
            sys.stdout.flush()
        except BrokenPipeError:
            drop_what_is_unwritten()
            raise typer.Exit(ExitCode.CUT_OFF) from None
        except TELLABLE as error:
            raise typer.Exit(tell(told(error))) from None
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


def tell(error: CliError) -> ExitCode:
    """Say on stderr what is wrong and what to do; return the code to end with."""
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
