"""Resolves queries by name or SQL, and selects the engine: Athena, or DuckDB on a copy."""

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from cidb2.times import now
from cli.errors import CliError, ExitCode
from cli.folder import own_folder
from cli.options import CommandContext
from lake.answer import Answer, Engine
from lake.saved import A_DAY, BEFORE_SQL, saved_queries, with_resources

if TYPE_CHECKING:
    from lake.duck import LocalLake

DATABASE = "LakeDatabaseName"
WORKGROUP = "LakeWorkGroupName"
DAYS_BACK = 31
"""Days that the saved queries cover, and that are fetched by default."""

FROM_STDIN = "-"
_NAME = re.compile(r"[a-z0-9-]+")
_ASKS = re.compile(rf"{BEFORE_SQL}(?:(?:SELECT|WITH|VALUES|TABLE)\b|\()", re.IGNORECASE | re.DOTALL)


class EngineName(StrEnum):
    """The query engines; `auto` is Athena if the stack has it."""

    AUTO = "auto"
    ATHENA = "athena"
    DUCKDB = "duckdb"


@dataclass(frozen=True)
class Query:
    """SQL in Athena's dialect; `day` is the value of each of its parameters."""

    sql: str
    parameters: tuple[str, ...]
    day: date | None = None


def query_of(text: str, day: date | None = None) -> Query:
    """Return the saved query with that name, or the text as a query that may use `resources`.

    With a day, `resources` is as of the end of that day. Raises CliError for invalid queries.
    """
    if text == FROM_STDIN:
        text = sys.stdin.read()
    saved = saved_queries().get(text.strip())
    if saved is not None:
        if saved.argument:
            raise CliError(
                ExitCode.USAGE,
                f"{saved.name} needs an argument: {saved.argument}.",
                f"Pass it: `cidb2 ask {saved.name} ...`.",
            )
        if bool(saved.parameters) != bool(day):
            raise CliError(
                ExitCode.USAGE,
                f"{saved.name} {'requires a day' if saved.parameters else 'does not take a day'}.",
                "Pass one: --day 2026-11-24." if saved.parameters else "Omit --day.",
            )
        sql = saved.sql
    elif _NAME.fullmatch(text.strip()):
        names = ", ".join(saved_queries())
        message = f"Saved query {text.strip()} does not exist."
        raise CliError(ExitCode.USAGE, message, f"The saved queries are {names}.")
    elif _ASKS.match(text):
        sql = with_resources(text, as_of_a_day=bool(day))
    else:
        raise CliError(
            ExitCode.USAGE,
            "Only queries are allowed: SELECT, WITH, VALUES or TABLE.",
            "Neither engine can change anything. information_schema.columns lists what you can "
            "query.",
        )
    return Query(sql, (str(day),) * sql.count(A_DAY) if day else (), day)


@contextmanager
def engine_of(
    asked: CommandContext, name: EngineName, day: date | None, since: date | None
) -> Iterator[Engine]:
    """Yield the requested engine, or the stack's default."""
    stack = asked.stack
    has_athena = DATABASE in stack.outputs and WORKGROUP in stack.outputs
    if name is EngineName.ATHENA and not has_athena:
        raise CliError(
            ExitCode.USAGE,
            f"Stack {stack.name} has no Athena: it has no output {DATABASE} or {WORKGROUP}.",
            "Omit --engine to use DuckDB on a local copy of the lake.",
        )
    if has_athena and name is not EngineName.DUCKDB:
        from cli.athena import Athena

        yield Athena(stack.athena, stack.outputs[DATABASE], stack.outputs[WORKGROUP])
        return
    with fetched_lake(asked, day, since) as lake:
        yield lake


@dataclass(frozen=True)
class _Defining:
    """An engine that is told in each query what relations are."""

    engine: Engine

    def ask(self, sql: str, parameters: Sequence[str] = ()) -> Answer:
        return self.engine.ask(with_resources(sql), parameters)


@contextmanager
def with_relations(engine: Engine) -> Iterator[Engine]:
    """Yield what answers queries that name tables of relations without defining them.

    On this machine that is an import of the lake, which is made first if a run has ended since.
    """
    folder: Path | None = getattr(engine, "folder", None)
    if folder is None:
        yield _Defining(engine)
        return
    from lake.imported import imported

    with imported(folder) as tables:
        yield tables


@contextmanager
def fetched_lake(
    asked: CommandContext, day: date | None, since: date | None
) -> Iterator["LocalLake"]:
    """Yield the lake in the user's own folder, after downloading new files from S3.

    Warns of objects below the lake's prefixes that no run wrote; these are not downloaded.
    """
    from lake.duck import open_lake
    from lake.fetch import fetch
    from lake.tables import SCOPES

    stack = asked.stack
    folder = own_folder("lake") / stack.bucket
    first = since or (day or now().date()) - timedelta(days=DAYS_BACK)
    fetched = fetch(stack.s3, stack.bucket, folder, first)
    if fetched.refused:
        asked.output.warn(_refusal(fetched.refused, stack.bucket))
    if not has_files(folder / SCOPES.prefix):
        raise CliError(
            ExitCode.NOT_FOUND,
            f"The lake of stack {stack.name} has no data since {first}.",
            "A run writes to it when it ends: `cidb2 start`. For older data, set --since.",
        )
    with open_lake(folder) as lake:
        yield lake


def _refusal(keys: Sequence[str], bucket: str) -> str:
    first, *others = keys
    more = f" and {len(others):,} more" if others else ""
    return (
        f"{first}{more} in {bucket}: CIDB2 does not write such keys. Find out who does (the "
        "bucket's access logs), then delete the objects."
    )


def has_files(folder: Path) -> bool:
    """Return whether a folder contains a file at any depth."""
    return any(path.is_file() for path in folder.rglob("*"))
