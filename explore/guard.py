"""Access control for every request, and security headers for every response.

Pages of other origins can send a browser here. They learn nothing: only our own host names are
answered (against DNS rebinding), only GET, and only to the browser that opened the link that the
terminal shows.
"""

import hmac
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from secrets import token_urlsafe
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN = "token"  # noqa: S105 - the name of the parameter
STATIC = "/static/"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


@dataclass
class OneBrowser:
    """Admits the browser that opens the terminal's link: by a one-time token, then by a cookie.

    All ports of a host share cookies, so the cookie's name contains the port. `on_entry` is called
    when a token is used; a new one is created then.
    """

    port: int
    on_entry: Callable[[], None] = lambda: None
    token: str = field(default_factory=token_urlsafe)
    _secret: str = field(default_factory=token_urlsafe)

    @property
    def hosts(self) -> Collection[str]:
        return {f"{name}:{self.port}" for name in ("127.0.0.1", "localhost")}

    def admits(self, headers: Headers) -> bool:
        cookie = cookie_parser(headers.get("cookie", "")).get(self._cookie)
        return cookie is not None and _is_same(cookie, self._secret)

    def enter(self, scope: Scope) -> Response | None:
        """Return a redirect to the same page that sets the cookie, if the request has the token."""
        asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = [value for name, value in asked if name == TOKEN]
        if not any(_is_same(value, self.token) for value in given):
            return None
        self.token = token_urlsafe()
        self.on_entry()
        rest = urlencode([each for each in asked if each[0] != TOKEN])
        path = "/" + scope["raw_path"].decode("latin-1").lstrip("/\\")  # `//host` is elsewhere
        response = RedirectResponse(f"{path}?{rest}" if rest else path, 303)
        response.set_cookie(self._cookie, self._secret, httponly=True, samesite="lax")
        return response

    @property
    def _cookie(self) -> str:
        return f"cidb2-{self.port}"


@dataclass
class SignedOn:
    """Admits users whom a sign-on proxy names in a header, under the proxy's host names.

    The proxy must remove that header from what browsers send.
    """

    hosts: Collection[str]
    header: str

    def admits(self, headers: Headers) -> bool:
        return bool(headers.get(self.header, "").strip())

    def enter(self, _: Scope) -> Response | None:
        return None


Gate = OneBrowser | SignedOn


class Guard:
    """Middleware: the gate, and the headers."""

    def __init__(self, app: ASGIApp, gate: Gate, refused: Callable[[], Response]) -> None:
        self._app = app
        self._gate = gate
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                if not scope["path"].startswith(STATIC):
                    headers["cache-control"] = "no-store"
            await send(message)

        answer = self._stopped(scope) or self._app
        await answer(scope, receive, guarded)

    def _stopped(self, scope: Scope) -> Response | None:
        """Return the response to a request that is not admitted."""
        headers = Headers(scope=scope)
        if headers.get("host", "").lower() not in self._gate.hosts:
            return PlainTextResponse("This host name is not served here.\n", 421)
        if scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("Only GET.\n", 405, {"allow": "GET, HEAD"})
        if scope["path"].startswith(STATIC):
            return None
        if entered := self._gate.enter(scope):
            return entered
        return None if self._gate.admits(headers) else self._refused()


def _is_same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
