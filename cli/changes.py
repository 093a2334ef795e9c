"""`cidb2 changes`: lists resources created, changed or deleted since a time or by one run.

What each change means is read from its version.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from cidb2.items.effects.reading import with_effects
from cidb2.items.inventory import Inventory
from cidb2.ledger.view import LedgerView
from cidb2.run import RUNNING
from cli.ages import moment
from cli.effects import Effects, by_effect, readable_effects, with_standing
from cli.errors import ExitCode
from cli.options import CommandContext
from cli.resources import Account, Region, Types, warning_to
from cli.runs import FIELDS, ended_run
from cli.search import Wanted
from cli.stack import Stack

COLUMNS = {
    "configurationItemCaptureTime": "SEEN AT",
    "change": "CHANGE",
    "resourceType": "TYPE",
    "accountId": "ACCOUNT",
    "awsRegion": "REGION",
    "resourceName": "NAME",
    "arn": "ARN",
    "told": "EFFECTS",
}
TELLING = ("created", "changed", "deleted")

Row = Mapping[str, Any]


def changes(
    asked: CommandContext,
    since: Annotated[
        datetime,
        typer.Option(
            parser=moment,
            metavar="TIME",
            help="Only runs started since this time: 24h, 2026-11-24.",
        ),
    ] = "24h",  # type: ignore[assignment]  # typer passes the default to the parser
    run: Annotated[
        str | None, typer.Option(metavar="RUN", help="Only this run, whenever it started.")
    ] = None,
    types: Types = None,
    account: Account = None,
    region: Region = None,
    effect: Effects = None,
) -> ExitCode:
    """List created, changed and deleted resources, oldest change first, and what changes mean."""
    ledger = asked.stack.ledger
    runs = [ended_run(ledger, run)] if run else ledger.recent_runs(None, FIELDS, since=since)
    found = changes_by(asked.stack, runs, Wanted(types or (), account, region))
    wanted = [row for row in found if not effect or {*effect} & {*(row["effects"] or ())}]
    kept = with_standing(wanted, asked.stack, warning_to(asked.output))
    if asked.output.as_json:
        asked.output.document(kept)
        return ExitCode.OK
    asked.output.table(
        [{**row, "told": readable_effects(row)} for row in kept],
        COLUMNS,
        f"No changes in {len(runs):,} {'run' if len(runs) == 1 else 'runs'}.",
    )
    if counted := by_effect(kept):
        asked.output.say(f"\nBy effect: {counted}")
    return ExitCode.OK


def changes_by(stack: Stack, runs: Sequence[Row], wanted: Wanted) -> list[dict[str, Any]]:
    """Return the changes of runs that are wanted, oldest first, with their effects."""
    found = sorted(
        (
            _shown(row)
            for each in runs
            if _may_have_changes(each)
            for row in with_effects(
                stack.inventory, _by_run(stack.inventory, stack.ledger, each["runId"], wanted)
            )
        ),
        key=lambda row: (row["configurationItemCaptureTime"], row["arn"]),
    )
    return [row for row in found if wanted.matches({**row, "tags": None})]


def _may_have_changes(run: Row) -> bool:
    """Return whether a run may have changes: a run in progress has no figures yet."""
    totals = run.get("totals")
    is_whole = run["status"] != RUNNING and not run.get("failures")
    return totals is None or not is_whole or any(totals[name] for name in TELLING)


def _by_run(inventory: Inventory, ledger: LedgerView, run_id: str, wanted: Wanted) -> Iterator[Row]:
    scopes = (
        scope for scope in ledger.scopes(run_id) if wanted.account in (None, scope["accountId"])
    )
    return inventory.changes(run_id, scopes)


def _shown(row: Row) -> dict[str, Any]:
    names = ("configurationItemCaptureTime", "change", "resourceType", "accountId", "awsRegion")
    columns = {name: row[name] for name in names}
    effects = {"effects": row["effects"], "addedPrincipals": row["addedPrincipals"]}
    return columns | {"resourceName": row.get("resourceName"), "arn": row["pk"]} | effects
