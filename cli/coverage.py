"""`cidb2 coverage`: lists scopes without a recent complete listing, and the reasons."""

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Annotated, Any

import typer
from botocore.exceptions import ClientError

from cidb2.items.inventory import QUERIES_SIDE_BY_SIDE
from cidb2.ledger.coverage import NEVER
from cidb2.reasons import Reason, error_code
from cidb2.run import accounts_key
from cidb2.times import now, parse
from cli.ages import age, moment
from cli.errors import CliError, ExitCode
from cli.folded import EACH, folded
from cli.options import CommandContext
from cli.runs import advise
from cli.stack import Stack

RECENT_RUNS = 30
"""Runs whose accounts are listed: an account that left the organisation stays for this long."""

ACCOUNTS = "An id has 12 digits; `cidb2 coverage --older-than 0m` lists every known account."
ALL = "*"

COLUMNS = {
    "accountId": "ACCOUNT",
    "service": "SERVICE",
    "awsRegion": "REGION",
    "age": "LAST COMPLETE",
    "lastOutcome": "LAST OUTCOME",
    "lastReason": "REASON",
    "lastListings": "LISTINGS",
    "lastErrorCode": "CODE",
    "lastRunId": "LAST RUN",
}

Row = Mapping[str, Any]


def coverage(
    asked: CommandContext,
    older_than: Annotated[
        datetime,
        typer.Option(
            parser=moment,
            metavar="AGE",
            help="Only scopes incomplete for at least this long: 36h, 7d.",
        ),
    ] = "36h",  # type: ignore[assignment]  # typer passes the default to the parser
    account: Annotated[str | None, typer.Option(metavar="ID", help="Only this account.")] = None,
    *,
    each: EACH = False,
) -> ExitCode:
    """List scopes without a recent complete listing, oldest first, and why.

    Scopes of an account that say the same share a row, except in JSON. Omits regions that the last
    run excluded. Exits with 1 if there is any such scope; suspended accounts do not count.
    """
    accounts = [account] if account else known_accounts(asked.stack)
    every = [*_coverage(asked.stack, accounts)]
    excluded = _excluded_regions(asked.stack)
    rows = [row for row in every if row["awsRegion"] not in excluded]
    if account and not every:
        raise CliError(ExitCode.NOT_FOUND, f"No run has included account {account}.", ACCOUNTS)
    if not accounts:
        raise CliError(
            ExitCode.NOT_FOUND,
            "No run has collected anything yet.",
            "Start one with `cidb2 start`.",
        )
    stale = sorted(
        (row for row in [*rows, *_untried(accounts, every)] if parse(_seen(row)) <= older_than),
        key=lambda row: (_seen(row), row["accountId"], row["service"], row["awsRegion"]),
    )
    today = now()
    shown = [_shown(row, today) for row in stale]
    if len(every) > len(rows):
        asked.output.say(
            f"\nNot listed, because the last run excluded them: {', '.join(sorted(excluded))}."
        )
    span = f"of {len(accounts):,} {'account' if len(accounts) == 1 else 'accounts'}"
    columns: Mapping[str, str] = COLUMNS
    if not (each or asked.output.as_json):
        shown, columns = folded(shown, columns)
    asked.output.table(
        shown, columns, f"Every scope {span} has been listed completely since {older_than:%c %Z}."
    )
    advise({row["lastReason"] for row in stale if "lastReason" in row}, asked.output)
    is_whole = all(row.get("lastReason") == Reason.ACCOUNT_SUSPENDED for row in stale)
    return ExitCode.OK if is_whole else ExitCode.NO


def _excluded_regions(stack: Stack) -> set[str]:
    """Return the regions that the last run excluded; they do not count as gaps."""
    return {
        region
        for row in stack.ledger.recent_runs(1, ("excludedRegions",))
        for region in row.get("excludedRegions", ())
    }


def known_accounts(stack: Stack) -> list[str]:
    """Return the accounts of the last runs, including suspended ones."""
    rows = stack.ledger.recent_runs(RECENT_RUNS, ("runId", "failures"))
    with ThreadPoolExecutor(QUERIES_SIDE_BY_SIDE, "accounts") as threads:
        listed = threads.map(lambda row: _of_run(stack, row["runId"]), rows)
        found = {account for accounts in listed for account in accounts}
    for row in rows:
        if row.get("failures", {}).get(Reason.ACCOUNT_SUSPENDED):
            scopes = stack.ledger.rows(row["runId"], "scope")
            return sorted(found | {scope["accountId"] for scope in scopes})
    return sorted(found)


def _of_run(stack: Stack, run_id: str) -> list[str]:
    """Return the accounts of a run; none if its list has expired."""
    try:
        answer = stack.s3.get_object(Bucket=stack.bucket, Key=accounts_key(run_id))
    except ClientError as error:
        if error_code(error) == "NoSuchKey":
            return []
        raise
    return [one["accountId"] for one in json.loads(answer["Body"].read())]


def _coverage(stack: Stack, accounts: Iterable[str]) -> Iterable[Row]:
    with ThreadPoolExecutor(QUERIES_SIDE_BY_SIDE, "coverage") as threads:
        for rows in threads.map(lambda one: [*stack.ledger.coverage(one)], accounts):
            yield from rows


def _untried(accounts: Iterable[str], rows: Iterable[Row]) -> Iterable[Row]:
    """Yield a row for each account without any result from a collector."""
    for account in {*accounts} - {row["accountId"] for row in rows}:
        yield {"accountId": account, "service": ALL, "awsRegion": ALL, "lastCompleteAt": NEVER}


def _seen(row: Row) -> str:
    return str(row["lastCompleteAt"])


def _shown(row: Row, today: datetime) -> dict[str, Any]:
    is_never = _seen(row) == NEVER
    ago = _ago(_seen(row), today)
    whole = {name: value for name, value in row.items() if name not in ("pk", "sk")}
    seen = None if is_never else _seen(row)
    return {**whole, "lastListings": _listings(row, today), "lastCompleteAt": seen, "age": ago}


def _listings(row: Row, today: datetime) -> str | None:
    """Return the listings that the last attempt missed, and the age of each with its own time.

    Runs narrowed to some listings make those newer; then all others have the scope's age.
    """
    complete_at = row.get("listingsCompleteAt", {})
    missed = {*row.get("lastListings", ())}
    names = ", ".join(
        f"{name} ({_ago(complete_at[name], today)})" if name in complete_at else name
        for name in sorted({*missed, *complete_at})
    )
    are_newer = complete_at and _seen(row) not in complete_at.values()
    return f"all but {names}" if are_newer and not missed else names or None


def _ago(time: str, today: datetime) -> str:
    return "never" if time == NEVER else age(parse(time), today)
