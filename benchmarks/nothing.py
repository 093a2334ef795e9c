"""An empty AWS in its own process: every listing is empty, without latency.

It parses only what determines the response's form, to leave the CPU to the measured code.
"""

import asyncio
import multiprocessing
import re
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any, Self

from benchmarks.front import environment_at

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
SERVICE = re.compile(rb"Credential=[^/]*/\d+/[^/]*/([\w-]+)/")
ACTION = re.compile(rb"(?:^|&)Action=(\w+)")
IN_XML = (b"route53", b"cloudfront")


class Nothing:
    """A running process, as a context manager."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)

    def __enter__(self) -> Self:
        self._process.start()
        self.endpoint: str = self._pipe.recv()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()
        self._process.close()

    def environment(self) -> Mapping[str, str]:
        """Return the environment that points boto3 to this AWS."""
        return environment_at(self.endpoint)


def answer(head: bytes, body: bytes) -> bytes:
    """Return an empty response in the protocol of the request."""
    action = ACTION.search(body)
    if action:
        return b"<%bResponse><%bResult/></%bResponse>" % (action[1], action[1], action[1])
    service = SERVICE.search(head)
    return b"<Response/>" if service and service[1] in IN_XML else b"{}"


def _serve(pipe: Connection) -> None:
    asyncio.run(_run(pipe))


async def _run(pipe: Connection) -> None:
    server = await asyncio.get_running_loop().create_server(_Connection, "127.0.0.1", 0)
    pipe.send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await asyncio.Event().wait()


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._received = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not end or len(body) < (int(length[1]) if length else 0):
            return
        self._received = b""
        reply = answer(head, body)
        request_id = b"x-amzn-RequestId: 5fa7ad5e-0000-4000-8000-000000000000\r\n"
        date = b"Date: Sun, 29 Nov 2026 10:00:00 GMT\r\n"
        length_of_reply = b"Content-Length: %d\r\n\r\n" % len(reply)
        self._transport.write(b"HTTP/1.1 200 OK\r\n" + request_id + date + length_of_reply + reply)
