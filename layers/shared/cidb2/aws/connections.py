"""Connections to AWS, which all accounts, services and regions of a process share.

urllib3 opens them. A request goes out in one piece, and the standard library reads the answer:
urllib3's pools take three times the CPU. One TLS context serves all connections, for each that has
its own reads all certificates again.
"""

import os
import socket
import time
import weakref
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from ssl import SSLContext
from threading import Lock
from typing import Any
from urllib.parse import SplitResult, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.httpsession import URLLib3Session, get_cert_path
from botocore.utils import get_environ_proxies
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError as OpeningTimeoutError
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.util.ssl_ import create_urllib3_context

from cidb2.aws.sessions import new_session

CONNECT_TIMEOUT_SECONDS = 5
READ_TIMEOUT_SECONDS = 30

IDLE_AT_MOST = 500
"""Connections kept for later requests; Lambda lets a function have 1,024 files open."""

KEPT_SECONDS = 30.0
"""How long a connection waits to be used again. Lambda freezes functions between invocations, and
what AWS closes meanwhile may still look open."""

PROXIED = 32
"""Connections kept for each place that is reached through a proxy."""

_SOCKET = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Body:
    """A body that was read to its end, as botocore's responses take one."""

    content: bytes

    def stream(self) -> list[bytes]:
        return [self.content]


class Connections:
    """Sends requests over connections that are kept and used again. Safe for many threads.

    Those that are idle are closed once nobody holds this any more.
    """

    def __init__(self) -> None:
        bundle = new_session().get_config_variable("ca_bundle")
        verify: Any = bundle or os.environ.get("REQUESTS_CA_BUNDLE") or True
        self._verify = verify
        self._tls: SSLContext | None = None
        self._making_tls = Lock()
        self._idle = _Idle()
        weakref.finalize(self, self._idle.close)
        self._proxied: dict[str, URLLib3Session | None] = {}

    def send(self, method: str, url: str, headers: Headers, body: bytes) -> AWSResponse:
        """Return the answer to a request; raises botocore's errors where there is none."""
        parts = urlsplit(url)
        place = f"{parts.scheme}://{parts.netloc}"
        by_proxy = self._by_proxy(place)
        if by_proxy is not None:
            return by_proxy.send(_prepared(method, url, headers, body))
        message = _message(method, parts, headers, body)
        connection = self._idle.take(place) or self._open(url, parts)
        try:
            connection.sock.sendall(message)
            with HTTPResponse(connection.sock, method=method) as answer:
                answer.begin()
                content = answer.read()
        except TimeoutError as error:
            connection.close()
            raise ReadTimeoutError(endpoint_url=url, error=error) from error
        except (OSError, HTTPException) as error:
            connection.close()
            raise ConnectionClosedError(endpoint_url=url, error=error) from error
        if answer.will_close:
            connection.close()
        else:
            self._idle.put(place, connection)
        new_response: Any = AWSResponse
        response: AWSResponse = new_response(url, answer.status, _headers(answer), _Body(content))
        return response

    def _open(self, url: str, parts: SplitResult) -> Any:
        address = parts.hostname or "", parts.port
        options: Any = {"timeout": CONNECT_TIMEOUT_SECONDS, "socket_options": _SOCKET}
        connection = (
            HTTPSConnection(*address, ssl_context=self._context(), **options)
            if parts.scheme == "https"
            else HTTPConnection(*address, **options)
        )
        try:
            connection.connect()
        except (HTTPError, OSError) as error:
            connection.close()
            raise _translated(error, url) from error
        connection.sock.settimeout(READ_TIMEOUT_SECONDS)
        return connection

    def _context(self) -> SSLContext:
        """Return the TLS context, creating it for the first connection."""
        with self._making_tls:
            if self._tls is None:
                context = create_urllib3_context()
                context.load_verify_locations(get_cert_path(self._verify))
                self._tls = context
            return self._tls

    def _by_proxy(self, place: str) -> URLLib3Session | None:
        """Return botocore's own way through the environment's proxy; None where there is none."""
        if place not in self._proxied:
            proxies = get_environ_proxies(place)
            self._proxied[place] = self._session(proxies) if proxies else None
        return self._proxied[place]

    def _session(self, proxies: Mapping[str, str]) -> URLLib3Session:
        new: Any = URLLib3Session
        session: URLLib3Session = new(
            verify=self._verify,
            proxies=proxies,
            timeout=(CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS),
            max_pool_connections=PROXIED,
            socket_options=_SOCKET,
        )
        return session


class _Idle:
    """Connections that nobody uses, by the place where they lead."""

    def __init__(self) -> None:
        self._places: OrderedDict[str, list[tuple[Any, float]]] = OrderedDict()
        self._count = 0
        self._lock = Lock()

    def take(self, place: str) -> Any | None:
        """Return the connection that was used last, where one is young enough and still open."""
        while True:
            with self._lock:
                waiting = self._places.get(place)
                if not waiting:
                    return None
                connection, since = waiting.pop()
                self._count -= 1
            if time.time() < since + KEPT_SECONDS and connection.is_connected:
                return connection
            connection.close()

    def put(self, place: str, connection: Any) -> None:
        """Keep a connection; where there are too many, close one of the place used least lately."""
        closing = None
        with self._lock:
            self._places.setdefault(place, []).append((connection, time.time()))
            self._places.move_to_end(place)
            self._count += 1
            if self._count > IDLE_AT_MOST:
                closing = self._oldest()
        if closing is not None:
            closing.close()

    def close(self) -> None:
        """Close them all."""
        while self._count:
            self._oldest().close()

    def _oldest(self) -> Any:
        while True:
            place, waiting = next(iter(self._places.items()))
            if waiting:
                self._count -= 1
                return waiting.pop(0)[0]
            del self._places[place]


def _prepared(method: str, url: str, headers: Headers, body: bytes) -> AWSPreparedRequest:
    new: Any = AWSPreparedRequest
    prepared: AWSPreparedRequest = new(method, url, HeadersDict(headers), body, stream_output=False)
    return prepared


def _message(method: str, parts: SplitResult, headers: Headers, body: bytes) -> bytes:
    """Return a request as it goes out; ValueError where a header would begin another line."""
    query = f"?{parts.query}" if parts.query else ""
    lines = [
        f"{method} {parts.path or '/'}{query} HTTP/1.1",
        "Accept-Encoding: identity",
        *[f"{name}: {value}" for name, value in headers.items()],
    ]
    if any("\n" in line or "\r" in line for line in lines):
        raise ValueError("a header has several lines")
    return "\r\n".join([*lines, "", ""]).encode() + body


def _headers(answer: HTTPResponse) -> Headers:
    """Return the headers of an answer, those that come several times joined."""
    joined: dict[str, str] = {}
    for name, value in answer.headers.items():
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _translated(error: Exception, url: str) -> Exception:
    """Return what botocore raises where no connection can be opened for this reason."""
    if isinstance(error, NewConnectionError):
        return EndpointConnectionError(endpoint_url=url, error=error)
    if isinstance(error, OpeningTimeoutError | TimeoutError):
        return ConnectTimeoutError(endpoint_url=url, error=error)
    return SSLError(endpoint_url=url, error=error)
