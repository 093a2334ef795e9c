"""The pages of `cidb2 explore` over a planted lake, asked in this process or served on a port."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import uvicorn
from starlette.testclient import TestClient

from cli.past import LakePast
from explore.app import create_app
from explore.building import build
from explore.guard import OneBrowser
from explore.index import Index
from explore.store import Store

PORT = 7420
HOST = f"http://127.0.0.1:{PORT}"


@dataclass(frozen=True)
class Explored:
    """A lake and its index."""

    lake: Path
    index: Index

    def app(self, gate: OneBrowser) -> object:
        store = Store(self.lake, None, lambda *_: None, lambda: "", _index=self.index)
        return create_app(store, LakePast(self.lake), gate)

    def client(self) -> TestClient:
        """Return a client that was let in."""
        gate = OneBrowser(PORT)
        client = TestClient(self.app(gate), HOST)  # type: ignore[arg-type]
        assert client.get("/", params={"token": gate.token}).status_code == 200
        return client

    @contextmanager
    def served(self) -> Iterator[OneBrowser]:
        """Serve the pages on a free port while the block runs."""
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            gate = OneBrowser(listener.getsockname()[1])
            config = uvicorn.Config(self.app(gate), log_level="warning", lifespan="off")  # type: ignore[arg-type]
            server = uvicorn.Server(config)
            thread = Thread(target=server.run, args=([listener],))
            thread.start()
            try:
                yield gate
            finally:
                server.should_exit = True
                thread.join()


@contextmanager
def explored(lake: Path, place: Path) -> Iterator[Explored]:
    """Yield what explores a lake, whose index is written into a folder."""
    path = place / "index.duckdb"
    build(lake, path, datetime.now(UTC).date())
    index = Index(path)
    try:
        yield Explored(lake, index)
    finally:
        index.close()
