"""A front's server: HTTP/1.1 on asyncio, in one thread of one process."""

import asyncio
import json
import re
from collections import Counter
from http import HTTPStatus
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from benchmarks.emptiness import Emptiness
from benchmarks.hub import Hub
from benchmarks.members import Members
from benchmarks.population import Population
from benchmarks.request import Called, Calls, Request
from benchmarks.sample import BUCKET_OPERATIONS, Reply, Samples
from benchmarks.throttle import Rates, Throttle
from local.gateway.call import S3_CONTROL
from local.gateway.faults import RATE_EXCEEDED, THROTTLED

if TYPE_CHECKING:
    from collections.abc import Callable

CREDENTIAL = re.compile(rb"Credential=ASIA(\d{12})\d{4}/\d{8}/([^/]*)/([^/]+)/")
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
TARGET = re.compile(rb"\r\nx-amz-target: *\w+\.(\w+)", re.IGNORECASE)
ACTION = re.compile(rb"(?:^|&)Action=(\w+)")
_OBJECT_OPERATIONS = {
    ("GET", ""): "GetObject",
    ("PUT", ""): "PutObject",
    ("POST", "uploads"): "CreateMultipartUpload",
    ("PUT", "partNumber"): "UploadPart",
    ("PUT", "uploadId"): "UploadPart",
    ("POST", "uploadId"): "CompleteMultipartUpload",
}
ACCOUNT_BLOCK = f"{S3_CONTROL}configuration/publicAccessBlock"
ACCESS_POINTS = f"{S3_CONTROL}accesspoint"
CONTINUE = re.compile(rb"\r\nexpect: *100-continue", re.IGNORECASE)


class Server:
    """The state of a front's process."""

    def __init__(self, population: Population, samples: Samples, latency: float) -> None:
        self.latency = latency
        self.calls: Calls = Counter()
        self.throttled: Calls = Counter()
        self._throttle = Throttle({})
        self._members = Members(population, samples)
        self._emptiness = Emptiness()
        self._hub = Hub()

    def run(self, pipe: Connection) -> None:
        """Serve requests, and execute commands from the pipe, until the process is terminated."""
        asyncio.run(self._run(pipe))

    async def _run(self, pipe: Connection) -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Connection(self, loop), "127.0.0.1", 0)
        pipe.send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        loop.add_reader(pipe.fileno(), self._obey, pipe)
        await asyncio.Event().wait()

    def _obey(self, pipe: Connection) -> None:
        command, arguments = pipe.recv()
        commands: dict[str, Callable[..., Any]] = {
            "begin": self._begin,
            "calls": lambda: self.calls,
            "throttled": lambda: self.throttled,
            "published": lambda: self._hub.published,
            "unreadable": lambda: self._hub.unreadable,
            "requests_to_table": self._hub.requests_to_table,
            "forget": self._hub.forget,
        }
        pipe.send(commands[command](*arguments))

    def _begin(self, rates: Rates, latency: float | None) -> None:
        self._throttle = Throttle(rates)
        self.latency = self.latency if latency is None else latency
        self.calls.clear()
        self.throttled.clear()
        self._hub.begin()

    def answer(self, request: Request) -> Reply:
        """Count a request and return its response."""
        called = request.called
        self.calls[called] += 1
        if self._throttle.refuses(
            called.account_id, called.region, called.service, called.operation
        ):
            self.throttled[called] += 1
            return _refusal(called.service)
        answer = self._hub.answer(request) or self._members.answer(request)
        return answer or self._emptiness.answer(request)


class _Connection(asyncio.Protocol):
    """One connection, with sequential requests; each response is delayed by the latency."""

    def __init__(self, server: Server, loop: asyncio.AbstractEventLoop) -> None:
        self._server = server
        self._loop = loop
        self._received = bytearray()
        self._is_waiting = False
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        received = self._received
        received += data
        end = received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(received[:end])
        length = LENGTH.search(head)
        whole = end + 4 + (int(length[1]) if length else 0)
        if len(received) < whole:
            if not self._is_waiting and CONTINUE.search(head):
                self._is_waiting = True
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            return
        body = bytes(received[end + 4 : whole])
        del received[:whole]
        self._is_waiting = False
        written = _on_the_wire(self._server.answer(_parsed(head, body)))
        self._loop.call_later(self._server.latency, self._write, written)

    def _write(self, written: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(written)


def _parsed(head: bytes, body: bytes) -> Request:
    method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
    path, _, query = target.partition("?")
    credential = CREDENTIAL.search(head)
    if not credential:
        raise ValueError(f"not signed by a client of the benchmark: {head!r}")
    account_id, region, service = (part.decode() for part in credential.groups())
    if path.startswith(S3_CONTROL):
        service = "s3control"
    named = TARGET.search(head) or ACTION.search(body)
    if named:
        operation = named[1].decode()
    elif service in ("s3", "s3control"):
        operation = _s3_operation(method, path, query)
    else:
        operation = f"{method} {path}"
    return Request(Called(account_id, region, service, operation), method, path, query, head, body)


def _s3_operation(method: str, path: str, query: str) -> str:
    if path == ACCOUNT_BLOCK:
        return "GetPublicAccessBlock"
    if path == ACCESS_POINTS:
        return "ListAccessPoints"
    if path == "/":
        return "ListBuckets"
    if path.count("/") > 1 and path.rsplit("/", 1)[1]:
        return _OBJECT_OPERATIONS[method, query.partition("=")[0].partition("&")[0]]
    return BUCKET_OPERATIONS[query.partition("=")[0].partition("&")[0]]


def _on_the_wire(reply: Reply) -> bytes:
    headers = {**reply.headers, "Content-Length": str(len(reply.body))}
    lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + reply.body


def _refusal(service: str) -> Reply:
    code, status = THROTTLED.get(service, RATE_EXCEEDED)
    if service in ("kms", "dynamodb"):
        return Reply(status, json.dumps({"__type": code, "message": "Rate exceeded"}).encode())
    error = f"<Error><Code>{code}</Code><Message>Rate exceeded</Message></Error>"
    envelope = {"ec2": "<Response><Errors>{}</Errors></Response>", "s3": "{}"}
    return Reply(
        status, envelope.get(service, "<ErrorResponse>{}</ErrorResponse>").format(error).encode()
    )
