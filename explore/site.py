"""What all pages share: the index, and the common parts of a page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from explore.blind import BlindSpots
from explore.index import Index
from explore.page import environment
from explore.past import Past
from explore.store import Store

WAIT_SECONDS = "2"
RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{7}\w{1,2}")


class NoIndexError(Exception):
    """No index has been built yet."""


@dataclass(frozen=True)
class Made:
    """The equivalent SQL over the lake, and the equivalent command."""

    sql: str = ""
    command: str = ""


@dataclass(frozen=True)
class Site:
    """The context of all pages. Links that run SQL contain the secret `run_key`."""

    store: Store
    past: Past
    run_key: str = field(default_factory=token_urlsafe)

    @property
    def index(self) -> Index:
        """The current index. Raises NoIndexError."""
        if index := self.store.index:
            return index
        raise NoIndexError

    def page(
        self,
        request: Request,
        template: str,
        *,
        made: Made | None = None,
        blind: BlindSpots | None = None,
        status: int = 200,
        **told: Any,
    ) -> Response:
        """Return a page. It says so if its URL names another day than that of the index."""
        index = self.store.index
        day = str(index.day) if index else ""
        pinned = request.query_params.get("day", "")
        html = environment().get_template(template)
        text = html.render(
            path=request.url.path,
            asked=request.query_params,
            pinned=pinned if pinned not in ("", day) else "",
            day=day,
            pinned_parameters=[*_kept(request), ("day", day)],
            store=self.store,
            names=index.account_names if index else {},
            made=made,
            blind=blind,
            **told,
        )
        return HTMLResponse(text, status)

    def trouble(
        self, request: Request, status: int, message: str, advice: str = "", **told: Any
    ) -> Response:
        """Return an error page with advice."""
        return self.page(
            request, "trouble.html", status=status, message=message, advice=advice, **told
        )

    def waiting(self, request: Request) -> Response:
        """Return the page that is shown while the first index is built; it reloads itself."""
        page = self.page(request, "waiting.html", status=503)
        page.headers["refresh"] = WAIT_SECONDS
        return page


def _kept(request: Request) -> list[tuple[str, str]]:
    """Return the URL's parameters that a shared link contains: all except secrets."""
    asked = request.query_params.multi_items()
    return [
        (name, value)
        for name, value in asked
        if name != "day" and (name != "run" or RUN_ID.fullmatch(value))
    ]


def parameter(request: Request, name: str) -> Sequence[str]:
    """Return the non-empty values of a parameter."""
    return [value for value in request.query_params.getlist(name) if value.strip()]
