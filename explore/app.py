"""The web application: its routes and error pages."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from cidb2.design import DESIGN
from explore import asking, changing, covering, finding, relating, seeing
from explore.guard import Gate, Guard
from explore.page import HERE, environment
from explore.past import Past, PastError
from explore.site import NoIndexError, Site
from explore.store import Store
from lake.answer import QueryError

Page = Callable[[Site, Request], Response]

PAGES: dict[str, Page] = {
    "/": finding.start,
    "/resources": finding.resources,
    "/resources.csv": finding.download,
    "/resources.json": finding.download,
    "/pivot": finding.pivot,
    "/r/{arn:path}": seeing.resource,
    "/changes": changing.changes,
    "/coverage": covering.coverage,
    "/runs": covering.runs,
    "/runs/{run}": covering.run,
    "/ask": relating.questions_page,
    "/ask/{question}": relating.ask,
    "/sql": asking.sql,
}


def create_app(store: Store, past: Past, gate: Gate) -> ASGIApp:
    """Return the application. It serves whoever the gate admits, and writes nothing."""
    site = Site(store, past)

    def not_found(request: Request, _: Exception) -> Response:
        return site.trouble(request, 404, "There is no such page.", "The box finds resources.")

    def no_index(request: Request, _: Exception) -> Response:
        return site.waiting(request)

    def not_answered(request: Request, error: Exception) -> Response:
        advice = error.advice if isinstance(error, PastError) else ""
        return site.trouble(request, 502, str(error), advice)

    def broken(request: Request, _: Exception) -> Response:
        advice = "The terminal of `cidb2 explore` shows what; please report it."
        return site.trouble(request, 500, "This page is broken.", advice)

    routes = [Route(path, _endpoint(site, page), methods=["GET"]) for path, page in PAGES.items()]
    style = _style()
    app = Starlette(
        routes=[
            Route("/static/design.css", style, methods=["GET"]),
            Mount("/static", StaticFiles(directory=HERE / "static")),
            *routes,
        ],
        exception_handlers={
            HTTPException: not_found,
            NoIndexError: no_index,
            PastError: not_answered,
            QueryError: not_answered,
            Exception: broken,
        },
    )
    return Guard(app, gate, _refused)


def _endpoint(site: Site, page: Page) -> Callable[[Request], Response]:
    def endpoint(request: Request) -> Response:
        return page(site, request)

    return endpoint


def _style() -> Callable[[Request], Response]:
    text = DESIGN.read_text(encoding="utf-8")

    def style(_: Request) -> Response:
        return PlainTextResponse(text, media_type="text/css")

    return style


def _refused() -> Response:
    """Return the page for requests without token or cookie; it reveals nothing of the inventory."""
    html = environment().get_template("refused.html").render()
    return Response(html, 403, media_type="text/html")
