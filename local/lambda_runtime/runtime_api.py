"""The Lambda Runtime API of one execution environment.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import socket
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from typing import Any, cast
from uuid import uuid4

INIT_ERROR = "/2018-06-01/runtime/init/error"


@dataclass(frozen=True)
class Invocation:
    """An event and its metadata, as the runtime receives them.

    The timeout starts when the runtime takes the event: a cold start does not count.
    """

    event: bytes
    function_arn: str
    timeout_seconds: float
    trace_id: str
    request_id: str = field(default_factory=lambda: str(uuid4()))

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the response to /invocation/next."""
        return {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": self.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + self.timeout_seconds) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self.function_arn,
            "Lambda-Runtime-Trace-Id": self.trace_id,
        }


@dataclass(frozen=True)
class Report:
    """A report of the runtime: `kind` is ready, response, error, init_error or exit."""

    kind: str
    body: bytes = b""


class RuntimeApi(ThreadingHTTPServer):
    """Serves on a free port; the runtime's reports go to `reports`, in order."""

    def __init__(self, reports: SimpleQueue[Report]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.reports = reports
        self.events: SimpleQueue[Invocation | None] = SimpleQueue()
        self.address = f"127.0.0.1:{self.server_port}"
        self._closed = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def send(self, invocation: Invocation) -> None:
        """Send the runtime its next event."""
        self.events.put(invocation)

    def close(self) -> None:
        """Stop serving; a runtime that waits for an event is disconnected."""
        self.events.put(None)
        self._closed = True
        socket.create_connection(("127.0.0.1", self.server_port)).close()  # unblocks accept()
        self._thread.join()
        self.server_close()

    def _serve(self) -> None:
        while not self._closed:
            self.handle_request()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one write: two writes cost an 85 ms wait for an ACK

    @property
    def _api(self) -> RuntimeApi:
        return cast("RuntimeApi", self.server)

    def do_GET(self) -> None:
        self._api.reports.put(Report("ready"))
        invocation = self._api.events.get()
        if invocation is None:
            self.close_connection = True
        else:
            self._answer(200, invocation.event, invocation.headers)

    def do_POST(self) -> None:
        body = self._body()
        kind = "init_error" if self.path == INIT_ERROR else self.path.rpartition("/")[2]
        self._answer(202, b'{"status":"OK"}', {})
        self._api.reports.put(Report(kind, body))

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *args: Any) -> None:
        pass
