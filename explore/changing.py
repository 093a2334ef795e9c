"""`/changes`: what was created, changed and deleted."""

import shlex
from collections.abc import Mapping
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from cidb2.times import now
from explore.blind import blind_spots
from explore.past import Changed
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
    found = site.past.changes(wanted)
    return site.page(
        request,
        "changes.html",
        made=Made(command=_command(wanted, span)),
        blind=blind_spots(site.index, search.accounts[:1], search.regions[:1], search.types),
        wanted=wanted,
        span=span,
        spans=SPANS,
        changes=found[:ROWS],
        of_changes=len(found),
        counts={kind: sum(row["change"] == kind for row in found) for kind in _KINDS},
        source=site.past.source,
    )


_KINDS = ("CREATED", "CHANGED", "DELETED")


def _command(wanted: Changed, span: str) -> str:
    options = [
        ("--run", wanted.run) if wanted.run else ("--since", span),
        *(("--type", each) for each in wanted.types),
        ("--account", wanted.account),
        ("--region", wanted.region),
    ]
    told = (f"{name} {shlex.quote(value)}" for name, value in options if value)
    return " ".join(["cidb2 changes", *told])
