"""Tables in which scopes of an account that say the same share a row."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

EACH = Annotated[
    bool, typer.Option("--scopes", help="One row for each scope, even if many say the same.")
]

SEVERAL = {"service": "services", "awsRegion": "regions"}
"""What a row may stand for several of, by column."""
NAMED = 3
"""Up to this many services or regions are named, more are counted."""


def folded(
    rows: Sequence[dict[str, Any]], columns: Mapping[str, str], beside: Sequence[str] = ()
) -> tuple[list[dict[str, Any]], Mapping[str, str]]:
    """Return the rows with those that are alike merged into one, and the columns to show.

    Rows are alike if only their services, regions and the columns in `beside` differ. A merged row
    shows the first value of the columns in `beside`, and its number of scopes as SCOPES.
    """
    telling = [name for name in columns if name not in (*SEVERAL, *beside)]
    alike: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        alike.setdefault(tuple(row.get(name) for name in telling), []).append(row)
    if len(alike) == len(rows):
        return [*rows], columns
    return [_as_one(each) for each in alike.values()], _with_count(columns)


def _as_one(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    names = {name: _names([row[name] for row in rows], many) for name, many in SEVERAL.items()}
    return {**rows[0], **names, "scopes": len(rows)}


def _names(values: Sequence[str], many: str) -> str:
    names = sorted({*values})
    return ", ".join(names) if len(names) <= NAMED else f"{len(names):,} {many}"


def _with_count(columns: Mapping[str, str]) -> dict[str, str]:
    *_, last = SEVERAL
    at = [*columns].index(last) + 1
    shown = [*columns.items()]
    return dict([*shown[:at], ("scopes", "SCOPES"), *shown[at:]])
