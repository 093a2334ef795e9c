"""`/r/<arn>`: a resource, its relations, history and JSON."""

import json
import shlex
from urllib.parse import unquote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from explore.blind import blind_spots
from explore.changing import with_standing
from explore.index import Row
from explore.page import mapping, page_of, parsed, readable
from explore.relating import BACKWARD, FORWARD, REASONS, group, groups, relations_rest_on
from explore.search import DOCUMENTS
from explore.site import Made, Site
from lake.export import quoted

LONGEST = 24_000
"""Maximum characters of a configuration on the page; its JSON has all of it."""

VIEWS = ("history", "json", "relations")


def resource(site: Site, request: Request) -> Response:
    """Show a resource, its history, its JSON or a group of its relations, by the path."""
    arn, view = _asked(request)
    if view == "history":
        return _history(site, request, arn)
    rows = site.index.rows("SELECT * FROM details WHERE arn = ? ORDER BY n LIMIT 1", [arn])
    if not rows:
        return _unknown(site, request, arn)
    if view == "relations":
        return group(site, request, arn, rows[0])
    if view == "json":
        told = {name: parsed(value) for name, value in rows[0].items() if name != "n"}
        return Response(json.dumps(told, indent=2), media_type="application/json")
    return _facts(site, request, arn, rows[0])


def _asked(request: Request) -> tuple[str, str]:
    """Return the ARN and the view. An ARN in one segment may contain any character."""
    path = request.scope.get("raw_path", b"").decode("latin-1") or request.url.path
    arn, *views = path.removeprefix("/r/").split("/")
    if views and views[-1] in VIEWS:
        arn, view = "/".join([arn, *views[:-1]]), views[-1]
    else:
        arn, view = "/".join([arn, *views]), ""
    return unquote(arn), view


def _facts(site: Site, request: Request, arn: str, row: Row) -> Response:
    documents = {name: readable(row[name]) for name in DOCUMENTS if row[name] not in (None, "{}")}
    where = f"WHERE arn = {quoted(arn)}"
    return site.page(
        request,
        "resource.html",
        made=Made(
            f"SELECT *\nFROM resources\n{where}",
            f"cidb2 show {shlex.quote(arn)}\ncidb2 related {shlex.quote(arn)}",
        ),
        blind=blind_spots(
            site.index, [row["accountid"]], [row["awsregion"]], [row["resourcetype"]]
        ),
        arn=arn,
        row=row,
        tags=sorted(mapping(row["tags"]).items()),
        unreadable=sorted(mapping(row["unreadable"]).items()),
        omitted=parsed(row.get("omitted")) or [],
        documents={name: text[:LONGEST] for name, text in documents.items()},
        relations=[
            ("Refers to", groups(site.index, arn, FORWARD)),
            ("Used by", groups(site.index, arn, BACKWARD)),
        ],
        reasons=REASONS,
        basis=relations_rest_on(site.index, row["resourcetype"]),
        cut=[name for name, text in documents.items() if len(text) > LONGEST],
    )


def _history(site: Site, request: Request, arn: str) -> Response:
    steps = site.past.history(arn)
    if not steps:
        return _unknown(site, request, arn)
    return site.page(
        request,
        "history.html",
        made=Made(command=f"cidb2 history {shlex.quote(arn)}"),
        arn=arn,
        steps=with_standing(site.index, [*reversed(steps)]),
        source=site.past.source,
    )


def _unknown(site: Site, request: Request, arn: str) -> Response:
    if not request.url.path.startswith("/r/arn:"):
        return RedirectResponse(f"/resources?{urlencode({'q': arn})}", 303)
    account = arn.split(":")[4] if arn.count(":") > 4 else ""  # noqa: PLR2004
    return site.trouble(
        request,
        404,
        "No current resource has this ARN.",
        "It may have been deleted: its history tells. Or its scope was not collected: see below.",
        blind=blind_spots(site.index, [account] if account.isdecimal() else []),
        arn=arn,
        history=f"{page_of(arn)}/history",
    )
