"""What every page has in common: the index that serves, and how a page is put together."""

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
LONGEST_PAGE_NUMBER = 6
RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{7}\w{1,2}")


class NoIndexError(Exception):
    """There is no index yet."""


@dataclass(frozen=True)
class Made:
    """How an answer can be had elsewhere: in SQL over the lake, and in a terminal."""

    sql: str = ""
    command: str = ""


@dataclass(frozen=True)
class Site:
    """The pages' surroundings. `run_key` is in the links that run SQL: other sites know none."""

    store: Store
    past: Past
    run_key: str = field(default_factory=token_urlsafe)

    @property
    def index(self) -> Index:
        """The index that serves. Raises NoIndexError."""
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
        """Return a page. One that is made of an index of another day than its URL's says so."""
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
        """Return a page that says what went wrong and what to do about it."""
        return self.page(
            request, "trouble.html", status=status, message=message, advice=advice, **told
        )

    def waiting(self, request: Request) -> Response:
        """Return the page of while the first index is being built: it asks again by itself."""
        page = self.page(request, "waiting.html", status=503)
        page.headers["refresh"] = WAIT_SECONDS
        return page


def _kept(request: Request) -> list[tuple[str, str]]:
    """Return the parameters that a link to hand on has: those that are no secret."""
    asked = request.query_params.multi_items()
    return [
        (name, value)
        for name, value in asked
        if name != "day" and (name != "run" or RUN_ID.fullmatch(value))
    ]


def parameter(request: Request, name: str) -> Sequence[str]:
    """Return the values of a parameter that are not empty."""
    return [value for value in request.query_params.getlist(name) if value.strip()]


def page_number(request: Request) -> int:
    """Return the page of an answer that is asked for; the first one, if it is not a number."""
    page = request.query_params.get("page", "1")
    return max(1, int(page)) if page.isdecimal() and len(page) <= LONGEST_PAGE_NUMBER else 1
