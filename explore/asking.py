"""`/sql`: the user's SQL, or a saved query, over the index."""

import hmac
import shlex

from starlette.requests import Request
from starlette.responses import Response

from explore.site import Made, Site
from lake.answer import Answer, QueryError
from lake.saved import saved_queries

ROWS = 200
LONGEST = 10_000
EXAMPLE = "SELECT resourcetype, count(*) AS n\nFROM resources\nGROUP BY 1\nORDER BY 2 DESC"
NOT_OF_RESOURCES = ("scopes", "items", "complete", "listings", "partly_listed")
"""Tables that only the lake has; saved queries that use them run in `cidb2 sql`."""


def sql(site: Site, request: Request) -> Response:
    """Show SQL and its result. SQL from a link of another site runs only after 'Run'."""
    text = request.query_params.get("q", "")[:LONGEST]
    saved = {
        name: each
        for name, each in saved_queries().items()
        if _is_of_resources(each.question) and not each.rests_on
    }
    name = request.query_params.get("saved", "")
    if name in saved:
        text = saved[name].question
    answer: Answer | None = None
    failure, has_more = "", False
    if text and (name in saved or _is_ours(site, request)):
        try:
            answer, has_more = site.index.ask(text, ROWS)
        except QueryError as error:
            failure = str(error)
    return site.page(
        request,
        "sql.html",
        status=400 if failure else 200,
        made=Made(command=f"cidb2 sql {shlex.quote(text)}") if text else None,
        text=text or EXAMPLE,
        waits=bool(text) and answer is None and not failure,
        answer=answer,
        has_more=has_more,
        failure=failure,
        saved=saved,
        chosen=name,
        run_key=site.run_key,
        rows=ROWS,
    )


def _is_ours(site: Site, request: Request) -> bool:
    """Return whether the user pressed 'Run' here; other sites do not know the key."""
    is_from_elsewhere = request.headers.get("sec-fetch-site") in ("cross-site", "same-site")
    key = request.query_params.get("run", "")
    return not is_from_elsewhere and hmac.compare_digest(key.encode(), site.run_key.encode())


def _is_of_resources(question: str) -> bool:
    words = {*question.lower().replace(".", " ").replace(",", " ").split()}
    return not words & {*NOT_OF_RESOURCES}
