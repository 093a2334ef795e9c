"""Starts processes of execution environments: forks where nobody could tell, otherwise new ones."""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Protocol

from local.execution_environment import fork_server
from local.execution_environment.fork_server import BOOTSTRAP, NUMBER, PRELOADED

INHERITED = {"PATH", "HOME", "LD_LIBRARY_PATH", "TMPDIR"}
READ_BY_IMPORTS = {"AWS_NEW_RETRIES_2026", "BOTO_DISABLE_CRT", "WRAPT_DISABLE_EXTENSIONS"}
"""Variables that packages read while they are imported."""

PACKAGES = {name.partition(".")[0] for name in PRELOADED}
CAN_FORK = sys.platform == "linux"
"""On macOS, the system's libraries may crash in a fork: https://bugs.python.org/issue33725"""

Variables = Mapping[str, str]


class Process(Protocol):
    """What an execution environment needs of its process: a part of `subprocess.Popen`."""

    pid: int
    stdin: IO[bytes] | None

    def poll(self) -> int | None:
        """Return the exit code; None while the process runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code once the process has ended, or raise subprocess.TimeoutExpired."""

    def kill(self) -> None:
        """Send SIGKILL."""


def start(handler: str, folder: Path, variables: Variables, log: IO[bytes]) -> Process:
    """Start the bootstrap with these variables, which ends when its standard input is closed."""
    inherited = {name: value for name, value in os.environ.items() if name in INHERITED}
    variables = {**inherited, **variables}
    if CAN_FORK and _may_be_forked(variables):
        return _server({**inherited, "LANG": variables["LANG"]}).fork(
            handler, folder, variables, log
        )
    return subprocess.Popen(
        [sys.executable, str(BOOTSTRAP), handler],
        cwd=folder,
        env=variables,
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
    )


def _may_be_forked(variables: Variables) -> bool:
    """Whether no variable comes too late for the server, and no package comes before its own."""
    early = READ_BY_IMPORTS | {name for name in variables if name.startswith("PYTHON")}
    path = [Path(each) for each in variables["PYTHONPATH"].split(os.pathsep)]
    brought = any((folder / name).exists() for folder in path for name in PACKAGES)
    return early & variables.keys() == {"PYTHONPATH"} and not brought


class Forked:
    """A process that the fork server has forked. Its exit code comes to whoever waits for it."""

    def __init__(self, channel: socket.socket, stdin: IO[bytes]) -> None:
        self.stdin: IO[bytes] | None = stdin
        self._channel = channel
        self._waiting = threading.Lock()
        self._ended: int | None = None
        answer = channel.recv(NUMBER.size)
        if not answer:
            raise ChildProcessError("The fork server ended before it forked")
        [self.pid] = NUMBER.unpack(answer)

    def poll(self) -> int | None:
        """Return the exit code that somebody has waited for."""
        return self._ended

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code once the process has ended, or raise subprocess.TimeoutExpired."""
        if not self._waiting.acquire(timeout=-1 if timeout is None else timeout):
            raise self._too_long(timeout)
        try:
            return self._told(timeout) if self._ended is None else self._ended
        finally:
            self._waiting.release()

    def _told(self, timeout: float | None) -> int:
        """Return the exit code that the server tells; if the server is gone, kill the process."""
        self._channel.settimeout(timeout)
        try:
            told = self._channel.recv(NUMBER.size)
        except TimeoutError:
            raise self._too_long(timeout) from None
        self._channel.close()
        if not told:
            self.kill()
        [self._ended] = NUMBER.unpack(told) if told else [-signal.SIGKILL]
        return self._ended

    def _too_long(self, timeout: float | None) -> Exception:
        return subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)

    def kill(self) -> None:
        """Send SIGKILL, unless the process has ended."""
        if self._ended is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


class ForkServer:
    """The process that forks; it ends with this one."""

    def __init__(self, variables: Variables) -> None:
        self._lock = threading.Lock()
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, fork_server.__file__, str(theirs.fileno())],
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def fork(self, handler: str, folder: Path, variables: Variables, log: IO[bytes]) -> Forked:
        """Return a new process that runs the bootstrap."""
        wanted = {"handler": handler, "folder": str(folder), "variables": dict(variables)}
        request = json.dumps(wanted).encode()
        with ExitStack() as in_case_of_error:
            channel, theirs = socket.socketpair()
            in_case_of_error.callback(channel.close)
            reading, writing = os.pipe()
            stdin = in_case_of_error.enter_context(os.fdopen(writing, "wb", buffering=0))
            with theirs, os.fdopen(reading), self._lock:
                descriptors = [reading, log.fileno(), theirs.fileno()]
                socket.send_fds(self._control, [b"f"], descriptors)
            channel.sendall(request)
            channel.shutdown(socket.SHUT_WR)
            process = Forked(channel, stdin)
            in_case_of_error.pop_all()
        return process

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        """End the server."""
        self._control.close()
        self._process.wait()


_servers: list[ForkServer] = []
_starting = threading.Lock()


def _server(variables: Variables) -> ForkServer:
    """Return this process's only fork server; start it for the first that asks, or anew."""
    with _starting:
        if not _servers or not _servers[-1].is_alive:
            _servers.append(ForkServer(variables))
            atexit.register(_servers[-1].close)
        return _servers[-1]
