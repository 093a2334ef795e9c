"""The HTTP server of the embedded AWS: one thread per connection, with keep-alive."""

import io
import logging
import socket
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server

from local.gateway.call import Environ

log = logging.getLogger(__name__)


class Connections:
    """The open connections."""

    def __init__(self) -> None:
        self._open: set[socket.socket] = set()

    def add(self, connection: socket.socket) -> None:
        self._open.add(connection)

    def discard(self, connection: socket.socket) -> None:
        self._open.discard(connection)

    def hang_up(self) -> None:
        """Close every connection."""
        for connection in list(self._open):
            with suppress(OSError):  # the client has just closed it
                connection.shutdown(socket.SHUT_RDWR)


def make(application: Any, port: int, connections: Connections) -> BaseWSGIServer:
    """Return a server on 127.0.0.1, not yet serving; a `port` of 0 picks a free one."""

    class Handler(KeepAliveHandler):
        open_connections = connections

    return make_server("127.0.0.1", port, application, threaded=True, request_handler=Handler)


class KeepAliveHandler(MotoRequestHandler):
    """Serves many requests on one connection, like AWS's endpoints.

    werkzeug's handler closes it after each request; reconnecting costs more than most responses.
    """

    open_connections: Connections
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one write
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.open_connections.add(self.connection)

    def finish(self) -> None:
        self.open_connections.discard(self.connection)
        with suppress(OSError):  # the client has disconnected
            super().finish()

    def parse_request(self) -> bool:
        parsed = super().parse_request()
        self.wfile.flush()  # a "100 Continue", if the client waits for one
        return parsed

    def run_wsgi(self) -> None:
        """Read one whole request, and write the head and body of the response at once."""
        environ = self.make_environ()
        environ["wsgi.input"] = io.BytesIO(_body(environ))
        started: list[Any] = []

        def start_response(*given: Any) -> Any:
            started[:] = given

        try:
            body = b"".join(self.server.app(environ, start_response))
        except ConnectionError:  # a fault hung up
            self.close_connection = True
        except Exception:
            log.exception("%s %s", self.command, self.path)
            self._write("500 Internal Server Error", [], b"")
        else:
            self._write(started[0], started[1], body)

    def _write(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        code, _, words = status.partition(" ")
        self.send_response(int(code), words)
        names = set()
        for name, value in headers:
            self.send_header(name, value)
            names.add(name.lower())
        if "content-length" not in names and int(code) != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def log(self, *args: Any) -> None:
        pass


def _body(environ: Environ) -> bytes:
    stream = environ["wsgi.input"]
    if not environ.get("wsgi.input_terminated"):
        return bytes(stream.read(int(environ.get("CONTENT_LENGTH") or 0)))
    body = io.BufferedReader(stream).read()  # chunked transfer encoding
    environ["CONTENT_LENGTH"] = str(len(body))
    return body
