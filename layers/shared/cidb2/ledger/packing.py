"""Packs the scopes of one service in one account into few rows of the ledger, and unpacks them.

A packed row has `scopes`, a list of groups. A group has what its scopes have in common, such as the
outcome and the reason, once. By region, it has their times, calls and seconds in one text, and the
other figures that are not 0. So 17 complete and empty regions take less than 1 KB, the unit that
DynamoDB charges for.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from itertools import groupby
from typing import Any

from cidb2.aws.table import Row
from cidb2.ledger.compact import REGION, milliseconds, of_region, shared, time_of
from cidb2.ledger.tally import Tally
from cidb2.scope import Outcome
from cidb2.times import parse

MOST_BYTES = 300_000
"""Bytes of a packed row as JSON above which it is split; DynamoDB takes 400 KB at most."""

_OF_EACH_SCOPE = ("awsRegion", "startedAt", "finishedAt")
_NO_FIGURES: Row = Tally().to_document()
_IN_TEXT = ("apiCalls", "seconds")
_RANK = {Outcome.FAILED: 0, Outcome.PARTIAL: 1, Outcome.COMPLETE: 2}


def pack(scopes: Sequence[Row]) -> Iterator[Row]:
    """Yield packed rows, without keys, of some scopes of one service in one account.

    One row, unless it would be too large. Times are rounded down to milliseconds.
    """
    row = _packed(scopes)
    if len(scopes) > 1 and len(json.dumps(row, ensure_ascii=False).encode()) > MOST_BYTES:
        middle = len(scopes) // 2
        yield from pack(scopes[:middle])
        yield from pack(scopes[middle:])
    else:
        yield row


def unpack(row: Row) -> Iterator[Row]:
    """Yield the scopes of a row; a row of an earlier release is a scope itself."""
    if "scopes" not in row:
        yield row
        return
    place = {name: row[name] for name in ("runId", "service", "accountId")}
    began = milliseconds(row["startedAt"])
    for group in row["scopes"]:
        common = {name: group[name] for name in group.keys() - {"regions", "figures"}}
        text = json.dumps(common)
        is_alike = REGION not in text
        for region, told in group["regions"].items():
            start, end, calls, seconds = told.split()
            yield {
                **place,
                **(common if is_alike else of_region(text, region)),
                **_NO_FIGURES,
                **group["figures"].get(region, {}),
                "awsRegion": region,
                "apiCalls": int(calls),
                "seconds": float(seconds),
                "startedAt": time_of(began + int(start)),
                "finishedAt": time_of(began + int(end)),
            }


def best(rows: Iterable[Row]) -> Sequence[Row]:
    """Return the scopes of some rows, by region, each with its best outcome.

    Several attempts of a run may have recorded the same scope, in any order and more than once. Of
    equal outcomes, the one that ended last counts.
    """
    found: dict[str, Row] = {}
    for row in rows:
        for scope in unpack(row):
            known = found.get(scope["awsRegion"])
            if known is None or _merit(scope) > _merit(known):
                found[scope["awsRegion"]] = scope
    return [found[region] for region in sorted(found)]


def regions_of(rows: Iterable[Row]) -> Set[str]:
    """Return the regions of the scopes of some rows, without unpacking them."""
    return {
        region
        for row in rows
        for regions in (
            [group["regions"] for group in row["scopes"]]
            if "scopes" in row
            else [[row["awsRegion"]]]
        )
        for region in regions
    }


def by_collection(rows: Iterable[Row]) -> Iterator[Sequence[Row]]:
    """Yield the rows of each service and account together; `rows` are sorted by `sk`."""
    for _, of_one in groupby(rows, lambda row: row["sk"].split("#")[1:3]):
        yield [*of_one]


def _merit(scope: Row) -> tuple[int, datetime]:
    return _RANK[scope["outcome"]], parse(scope["finishedAt"])


def _packed(scopes: Sequence[Row]) -> Row:
    first, began = scopes[0], min(milliseconds(scope["startedAt"]) for scope in scopes)
    groups: dict[str, Row] = {}
    for scope in scopes:
        region = scope["awsRegion"]
        text = shared(_common(scope), region)
        group = groups.setdefault(text, {**json.loads(text), "regions": {}, "figures": {}})
        group["regions"][region] = _times_and_calls(scope, began)
        if figures := _figures(scope):
            group["figures"][region] = figures
    return {
        **{name: first[name] for name in ("runId", "service", "accountId")},
        "startedAt": time_of(began),
        "scopes": [*groups.values()],
    }


def _common(scope: Row) -> Row:
    """Return what a scope may have in common with others."""
    own = {*_OF_EACH_SCOPE, *_NO_FIGURES, "runId", "service", "accountId"}
    return {name: value for name, value in scope.items() if name not in own}


def _times_and_calls(scope: Mapping[str, Any], began: int) -> str:
    start, end = (milliseconds(scope[name]) - began for name in ("startedAt", "finishedAt"))
    return f"{start} {end} {scope['apiCalls']} {scope['seconds']}"


def _figures(scope: Row) -> Row:
    return {
        name: scope[name]
        for name, nothing in _NO_FIGURES.items()
        if name not in _IN_TEXT and scope[name] != nothing
    }
