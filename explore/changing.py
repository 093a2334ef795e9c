"""`/changes`: what was created, changed and deleted."""

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from cidb2.items.item import Effect
from cidb2.items.standing import Organization, in_words
from cidb2.times import now
from explore.blind import blind_spots
from explore.index import Index
from explore.past import Changed, Row
from explore.search import Search
from explore.site import Made, Site

SPANS: Mapping[str, tuple[str, timedelta]] = {
    "24h": ("24 hours", timedelta(days=1)),
    "7d": ("7 days", timedelta(days=7)),
    "30d": ("30 days", timedelta(days=30)),
}
USUAL = "7d"
ROWS = 200


def changes(site: Site, request: Request) -> Response:
    """Show recent changes, or those of one run, in all accounts or in one."""
    asked = request.query_params
    search = Search.of(asked.multi_items(), site.index.types)
    span = asked.get("since", USUAL)
    span = span if span in SPANS else USUAL
    wanted = Changed(
        since=now() - SPANS[span][1],
        run=asked.get("run", "").strip(),
        types=search.types,
        account=next(iter(search.accounts), ""),
        region=next(iter(search.regions), ""),
    )
    every = site.past.changes(wanted)
    effect = asked.get("effect", "")
    found = [row for row in every if not effect or effect in (row["effects"] or ())]
    return site.page(
        request,
        "changes.html",
        made=Made(command=_command(wanted, span, effect)),
        blind=blind_spots(site.index, search.accounts[:1], search.regions[:1], search.types),
        wanted=wanted,
        span=span,
        spans=SPANS,
        effect=effect,
        effects=_by_effect(request, every),
        changes=with_standing(site.index, found[:ROWS]),
        of_changes=len(found),
        counts={kind: sum(row["change"] == kind for row in found) for kind in _KINDS},
        source=site.past.source,
    )


_KINDS = ("CREATED", "CHANGED", "DELETED")


def with_standing(index: Index, changes: Sequence[Row]) -> list[dict[str, Any]]:
    """Return changes with the standing of each principal whom a resource trusts since then."""
    ours = organization(index)
    return [
        {
            **row,
            "addedPrincipals": [
                in_words(one) for one in ours.told(row["addedPrincipals"], row["accountId"])
            ],
        }
        for row in changes
    ]


def organization(index: Index) -> Organization:
    """Return the organisation as its accounts are in the lake."""
    rows = index.rows("SELECT accountid, split_part(accountpath, '/', 1) AS id FROM accounts")
    missed = index.rows("SELECT 1 FROM blind WHERE service = 'organizations' LIMIT 1")
    return Organization(
        accounts=frozenset(row["accountid"] for row in rows),
        ids=frozenset(row["id"] for row in rows if row["id"]),
        is_listed=bool(rows) and not missed,
    )


def _by_effect(request: Request, changes: Sequence[Row]) -> list[tuple[str, int, str]]:
    """Return the effects that occur, gravest first, each with its changes and its address."""
    counts = Counter(effect for row in changes for effect in row["effects"] or ())
    kept = [one for one in request.query_params.multi_items() if one[0] != "effect"]
    return [
        (effect.value, counts[effect], f"/changes?{urlencode([*kept, ('effect', effect.value)])}")
        for effect in Effect
        if counts[effect]
    ]


def _command(wanted: Changed, span: str, effect: str) -> str:
    options = [
        ("--run", wanted.run) if wanted.run else ("--since", span),
        *(("--type", each) for each in wanted.types),
        ("--account", wanted.account),
        ("--region", wanted.region),
        ("--effect", effect),
    ]
    told = (f"{name} {shlex.quote(value)}" for name, value in options if value)
    return " ".join(["cidb2 changes", *told])
