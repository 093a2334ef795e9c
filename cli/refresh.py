"""`cidb2 refresh`: collects a few listings again, and shows what changed in them."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from cidb2.items.item import Item
from cidb2.scope import GLOBAL
from cidb2.types.selection import check_input
from cli.changes import changes
from cli.errors import CliError, ExitCode
from cli.execution import begin
from cli.options import CommandContext
from cli.resources import Account, Region, Types, arn_of, known_item
from cli.runs import advise
from cli.start import followed, show_end
from cli.tables import STYLES


def refresh(
    asked: CommandContext,
    arn: Annotated[
        str | None,
        typer.Argument(parser=arn_of, metavar="ARN", help="Refresh this resource's listing."),
    ] = None,
    types: Types = None,
    account: Account = None,
    region: Region = None,
    *,
    is_printed: Annotated[
        bool, typer.Option("--print-input", help="Print the execution input and start nothing.")
    ] = False,
) -> ExitCode:
    """Collect only the listings of a resource, or of types, an account and a region again."""
    wanted = _input(asked, arn, types, account, region)
    check_input(wanted)
    if is_printed:
        asked.output.document(wanted)
        return ExitCode.OK
    stack, output = asked.stack, asked.output
    started = begin(stack.machines, stack.state_machine, wanted)
    output.say(f"Started {started} with {json.dumps(wanted)}")
    ended = followed(stack, started, output)
    summary = ended.output
    if summary is None:
        return show_end(ended, output)
    output.say(f"\n{summary['runId']}  {summary['status']}\n", STYLES[summary["status"]])
    advise(summary["failures"], output)
    return changes(asked, run=summary["runId"])


def _input(
    asked: CommandContext,
    arn: str | None,
    types: Sequence[str] | None,
    account: str | None,
    region: str | None,
) -> dict[str, Any]:
    regions = [region] if region and region != GLOBAL else []
    if bool(arn) == any((types, account, regions)):
        message = "Name either a resource, or an account, region or type."
        raise CliError(ExitCode.USAGE, message, "`cidb2 start` collects everything.")
    if region == GLOBAL and not types:
        message = f"{GLOBAL} is no region: it would refresh all regions of the account."
        raise CliError(ExitCode.USAGE, message, "Name types of global services with --type.")
    if arn:
        return input_of(known_item(asked, arn))
    return _narrowed([account] if account else [], regions, types or [])


def input_of(item: Item) -> dict[str, Any]:
    """Return the execution input that repeats the listing of a resource."""
    region = item["scope"].rpartition("/")[2]
    regions = [region] if region != GLOBAL else []
    return _narrowed([item["accountId"]], regions, [item["resourceType"]])


def _narrowed(
    accounts: Sequence[str], regions: Sequence[str], types: Sequence[str]
) -> dict[str, Any]:
    told: Mapping[str, Sequence[str]] = {"accounts": accounts, "regions": regions, "types": types}
    return {name: [*values] for name, values in told.items() if values}
