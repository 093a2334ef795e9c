"""`cidb2 runs` and `cidb2 failures`: lists runs, and what they could not collect."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer

from cidb2.ledger.runbook import ADVICE
from cidb2.ledger.view import LedgerView
from cidb2.reasons import Reason
from cidb2.run import RUNNING
from cidb2.scope import Outcome
from cli.errors import CliError, ExitCode
from cli.folded import EACH, folded
from cli.options import CommandContext
from cli.terminal import Output

Row = Mapping[str, Any]

FIELDS = (
    *("runId", "status", "startedAt", "finishedAt", "seconds", "accounts", "services", "types"),
    *("input", "totals", "failures", "cost", "reconciled", "summary", "report", "executionArn"),
)
"""Fields of a run's row: its input, and its brief summary once it has ended."""

COLUMNS = {
    "runId": "RUN",
    "status": "STATUS",
    "startedAt": "STARTED",
    "seconds": "SECONDS",
    "accounts": "ACCOUNTS",
    "items": "ITEMS",
    "created": "CREATED",
    "changed": "CHANGED",
    "deleted": "DELETED",
    "missing": "INCOMPLETE",
}
ONLY = {"only": "ONLY"}
"""The column of types, shown if any run was narrowed to types."""
FAILURES = {
    "reason": "REASON",
    "accountId": "ACCOUNT",
    "service": "SERVICE",
    "awsRegion": "REGION",
    "listings": "LISTINGS",
    "errorCode": "CODE",
    "errorMessage": "AWS MESSAGE",
}

Run = Annotated[
    str | None,
    typer.Argument(metavar="RUN", help="Id of a run. Defaults to the last run that ended."),
]


def runs(
    asked: CommandContext,
    most: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many runs.")] = 20,
) -> ExitCode:
    """List the last runs, newest first: what each found and how many scopes are missing."""
    rows = asked.stack.ledger.recent_runs(most, FIELDS)
    if asked.output.as_json:
        asked.output.document(rows)
    else:
        shown = [_in_figures(row) for row in rows]
        columns = COLUMNS | (ONLY if any(row["only"] for row in shown) else {})
        asked.output.table(shown, columns, "No runs yet. Start one with `cidb2 start`.")
    return ExitCode.OK


def failures(asked: CommandContext, run: Run = None, *, each: EACH = False) -> ExitCode:
    """Show what a run could not collect, why, and what to do about it.

    Scopes of an account that say the same share a row, except in JSON. Exits with 1 if anything is
    missing; suspended accounts do not count.
    """
    ledger = asked.stack.ledger
    row = ended_run(ledger, run)
    missing = sorted(
        (scope for scope in ledger.scopes(row["runId"]) if _is_missing(scope)),
        key=lambda scope: (scope["reason"], scope["accountId"], scope["service"]),
    )
    shown = [_shown(scope) for scope in missing]
    of_types = f", only {only}" if (only := _only(row)) else ""
    asked.output.say(f"Run {row['runId']}: {row['status']}{of_types}\n", "bold")
    columns: Mapping[str, str] = FAILURES
    if not (each or asked.output.as_json):
        shown, columns = folded(shown, columns, beside=("errorMessage",))
    asked.output.table(shown, columns, "Nothing is missing: every scope is complete.")
    advise({scope["reason"] for scope in missing}, asked.output)
    is_whole = all(scope["reason"] == Reason.ACCOUNT_SUSPENDED for scope in missing)
    return ExitCode.OK if is_whole else ExitCode.NO


def ended_run(ledger: LedgerView, run_id: str | None) -> Row:
    """Return the row of a run, or of the last that ended. Raises CliError if there is none."""
    if run_id is not None:
        if row := ledger.run(run_id):
            return row
        raise CliError(
            ExitCode.NOT_FOUND, f"Run {run_id} does not exist.", "`cidb2 runs` lists the last runs."
        )
    for row in ledger.recent_runs(None, FIELDS):
        if row["status"] != RUNNING:
            return row
    raise CliError(ExitCode.NOT_FOUND, "No run has ended yet.", "Start one with `cidb2 start`.")


def _in_figures(row: Row) -> dict[str, Any]:
    totals = row.get("totals", {})
    missing = sum(row["failures"].values()) if "failures" in row else None
    counts = {name: totals.get(name) for name in ("items", "created", "changed", "deleted")}
    details = {"missing": missing, "only": _only(row), "startedAt": row["startedAt"][:19] + "Z"}
    return {**row, **counts, **details}


def _only(row: Row) -> str | None:
    """Return the types to which a run was narrowed."""
    return ", ".join(row.get("types", ())) or None


def _shown(scope: Row) -> dict[str, Any]:
    """Return the displayed fields of an incomplete scope; `listings` is None if none was tried."""
    listings = ", ".join(sorted(scope.get("listings", {}))) or None
    return {name: scope.get(name) for name in ("outcome", *FAILURES)} | {"listings": listings}


def _is_missing(scope: Row) -> bool:
    return bool(scope["outcome"] != Outcome.COMPLETE)


def advise(reasons: Iterable[str], output: Output) -> None:
    """Print the advice for each reason."""
    for reason in sorted(reasons):
        output.say(f"\n{reason}\n  {ADVICE[Reason(reason)]}")
