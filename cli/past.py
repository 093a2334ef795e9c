"""The history for `cidb2 explore`: from a stack's tables, or from the files of a lake."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from cidb2.items.item import Change, Item
from cli.changes import changes_by
from cli.errors import TELLABLE, to_cli_error
from cli.resources import steps_of, warning_to
from cli.runs import FIELDS, ended_run
from cli.search import Wanted
from cli.stack import Stack
from cli.terminal import Output
from explore.past import Changed, PastError
from lake.duck import open_lake

SQL = Path(__file__).with_name("past.sql")
VERSION = {
    "configurationItemCaptureTime": "configurationitemcapturetime",
    "change": "change",
    "runId": "runid",
    "resourceType": "resourcetype",
    "accountId": "accountid",
    "awsRegion": "awsregion",
    "resourceName": "resourcename",
    "arn": "arn",
}
EFFECTS = {"effects": "effects", "addedPrincipals": "addedprincipals"}
DOCUMENTS = {
    "tags": "tags",
    "configuration": "configuration",
    "supplementaryConfiguration": "supplementaryconfiguration",
    "unreadable": "unreadable",
}


class StackPast:
    """History from a stack's tables. Unusable rows are skipped, with a warning on stderr."""

    source = "the inventory table"

    def __init__(self, stack: Stack, output: Output) -> None:
        self._stack = stack
        self._otherwise = warning_to(output)

    def history(self, arn: str) -> Sequence[Mapping[str, Any]]:
        with _in_words():
            found = self._stack.inventory.history(arn, whole=True, otherwise=self._otherwise)
            return steps_of([*found])

    def changes(self, wanted: Changed) -> Sequence[Mapping[str, Any]]:
        ledger = self._stack.ledger
        with _in_words():
            runs = (
                [ended_run(ledger, wanted.run)]
                if wanted.run
                else ledger.recent_runs(None, FIELDS, since=wanted.since)
            )
            sought = Wanted(wanted.types, wanted.account or None, wanted.region or None)
            return changes_by(self._stack, runs, sought)[::-1]


class LakePast:
    """History from listings in a folder: one version per listing that differs."""

    source = "the files of the lake"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def history(self, arn: str) -> Sequence[Mapping[str, Any]]:
        order = "configurationitemcapturetime, runid"
        rows = self._ask(f"SELECT * FROM versions WHERE arn = ? ORDER BY {order}", [arn])  # noqa: S608
        return steps_of([_item(row) for row in rows])

    def changes(self, wanted: Changed) -> Sequence[Mapping[str, Any]]:
        columns = ("configurationitemcapturetime >=", "accountid =", "awsregion =", "runid =")
        values = [
            "" if wanted.run else f"{wanted.since:%Y-%m-%dT%H:%M:%S}",
            wanted.account,
            wanted.region,
            wanted.run,
        ]
        chosen = {each: value for each, value in zip(columns, values, strict=True) if value}
        where = " AND ".join(f"{each} ?" for each in chosen) or "true"
        order = "configurationitemcapturetime DESC, arn"
        sql = f"SELECT * FROM changes WHERE {where} ORDER BY {order}"  # noqa: S608
        return [
            {name: row[column] for name, column in VERSION.items()} | _effects(row)
            for row in self._ask(sql, [*chosen.values()])
            if not wanted.types or row["resourcetype"] in wanted.types
        ]

    def _ask(self, sql: str, values: Sequence[str]) -> list[dict[str, Any]]:
        with _in_words(), open_lake(self._folder) as lake:
            answer = lake.ask(SQL.read_text(encoding="utf-8") + sql, values)
        return answer.by_column()


def _effects(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a version's change means: None if that was not judged."""
    told = {name: row[column] for name, column in EFFECTS.items()}
    effects, added = (json.loads(text) if text else None for text in told.values())
    is_told = row["change"] == Change.CHANGED
    return {"effects": effects if is_told else None, "addedPrincipals": added or []}


def _item(row: Mapping[str, Any]) -> Item:
    """Return the fields of a version's item that are compared."""
    item = {name: row[column] for name, column in VERSION.items()} | _effects(row)
    for name, column in DOCUMENTS.items():
        item[name] = json.loads(row[column]) if row[column] else None
    return cast("Item", item)


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn errors that the user can fix into PastError."""
    try:
        yield
    except TELLABLE as error:
        found = to_cli_error(error)
        raise PastError(str(found), found.advice) from error
