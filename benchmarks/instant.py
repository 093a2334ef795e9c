"""A topic and a table in their own process that respond after a latency and store nothing.

They parse only a request's operation, to leave the CPU to the measured code.
"""

import asyncio
import multiprocessing
import re
from collections import Counter
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import Any, Self

from benchmarks.front import environment_at

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
TARGET = re.compile(rb"\r\nx-amz-target: *\w+\.(\w+)", re.IGNORECASE)
ACTION = re.compile(rb"(?:^|&)Action=(\w+)")
ENTRY = re.compile(rb"\.Id=(\w+)")
SNS = b"http://sns.amazonaws.com/doc/2010-03-31/"

UNITS = b'"ConsumedCapacity":{"TableName":"t","CapacityUnits":1}'


class Instant:
    """A running process, as a context manager. `latency` is in seconds."""

    def __init__(self, latency: float) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, latency), daemon=True)

    def __enter__(self) -> Self:
        self._process.start()
        self.endpoint: str = self._pipe.recv()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()
        self._process.close()

    def take(self) -> Counter[str]:
        """Return the number of calls by operation since the last `take`.

        `messages` counts the messages of Publish and PublishBatch.
        """
        self._pipe.send(None)
        counted: Counter[str] = self._pipe.recv()
        return counted

    def environment(self) -> Mapping[str, str]:
        """Return the environment that points boto3 to this AWS."""
        return environment_at(self.endpoint)


def _serve(pipe: Connection, latency: float) -> None:
    asyncio.run(_run(pipe, latency))


async def _run(pipe: Connection, latency: float) -> None:
    loop = asyncio.get_running_loop()
    counted: Counter[str] = Counter()
    server = await loop.create_server(lambda: _Connection(loop, latency, counted), "127.0.0.1", 0)
    pipe.send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")

    def tell() -> None:
        pipe.recv()
        pipe.send(counted.copy())
        counted.clear()

    loop.add_reader(pipe.fileno(), tell)
    await asyncio.Event().wait()


class _Connection(asyncio.Protocol):
    def __init__(
        self, loop: asyncio.AbstractEventLoop, latency: float, counted: Counter[str]
    ) -> None:
        self._loop = loop
        self._latency = latency
        self._counted = counted
        self._received = bytearray()
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._received[:end])
        length = LENGTH.search(head)
        whole = end + 4 + (int(length[1]) if length else 0)
        if len(self._received) < whole:
            return
        body = bytes(self._received[end + 4 : whole])
        del self._received[:whole]
        written = self._answer(head, body)
        if self._latency:
            self._loop.call_later(self._latency, self._write, written)
        else:
            self._write(written)

    def _answer(self, head: bytes, body: bytes) -> bytes:
        named = TARGET.search(head) or ACTION.search(body)
        operation = named[1].decode() if named else "unknown"
        self._counted[operation] += 1
        reply = ANSWERS[operation](body)
        if operation.startswith("Publish"):
            self._counted["messages"] += max(1, reply.count(b"<Id>"))
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(reply), reply)

    def _write(self, written: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(written)


def _published(_: bytes) -> bytes:
    return (
        b'<PublishResponse xmlns="%b"><PublishResult><MessageId>%036d</MessageId></PublishResult>'
        b"</PublishResponse>" % (SNS, 1)
    )


def _published_batch(body: bytes) -> bytes:
    done = b"".join(
        b"<member><Id>%b</Id><MessageId>%036d</MessageId></member>" % (entry, 1)
        for entry in ENTRY.findall(body)
    )
    return (
        b'<PublishBatchResponse xmlns="%b"><PublishBatchResult><Failed/><Successful>%b</Successful>'
        b"</PublishBatchResult></PublishBatchResponse>" % (SNS, done)
    )


ANSWERS: Mapping[str, Callable[[bytes], bytes]] = {
    "Publish": _published,
    "PublishBatch": _published_batch,
    "PutItem": lambda _: b"{%b}" % UNITS,
    "BatchWriteItem": lambda _: b'{"UnprocessedItems":{}}',
    "BatchExecuteStatement": lambda body: (
        b'{"Responses":[%b]}' % b",".join([b"{}"] * body.count(b'"Statement"'))
    ),
    "TransactWriteItems": lambda _: b"{}",
}
