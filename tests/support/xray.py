"""A stand-in for X-Ray's daemon, which receives the functions' segments."""

import json
import socket
from threading import Thread
from typing import Any


class Daemon:
    """Receives the segments of functions on a free local port."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self.segments: list[dict[str, Any]] = []
        self._thread = Thread(target=self._receive)
        self._thread.start()

    def close(self) -> None:
        self._socket.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()

    def _receive(self) -> None:
        while datagram := self._socket.recv(65_536):
            _, document = datagram.decode().split("\n", 1)
            self.segments.append(json.loads(document))
