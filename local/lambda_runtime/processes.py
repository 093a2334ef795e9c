"""Starts the processes of execution environments: forked if that is unobservable, else new."""

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
"""Environment variables that packages read at import."""

PACKAGES = {name.partition(".")[0] for name in PRELOADED}
CAN_FORK = sys.platform == "linux"
"""On macOS, system libraries may crash after a fork: https://bugs.python.org/issue33725"""

Variables = Mapping[str, str]


class Process(Protocol):
    """The part of `subprocess.Popen` that an execution environment uses."""

    pid: int
    stdin: IO[bytes] | None

    def poll(self) -> int | None:
        """Return the exit code, or None while the process runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code once the process has ended, or raise subprocess.TimeoutExpired."""

    def kill(self) -> None:
        """Send SIGKILL."""


def start(handler: str, folder: Path, variables: Variables, log: IO[bytes]) -> Process:
    """Start the bootstrap; it exits when its standard input is closed."""
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
    """Whether a fork can apply all variables, and no path shadows the preloaded packages."""
    early = READ_BY_IMPORTS | {name for name in variables if name.startswith("PYTHON")}
    path = [Path(each) for each in variables["PYTHONPATH"].split(os.pathsep)]
    brought = any((folder / name).exists() for folder in path for name in PACKAGES)
    return early & variables.keys() == {"PYTHONPATH"} and not brought


class Forked:
    """A forked process. Its exit code is received by whoever waits for it."""

    def __init__(self, channel: socket.socket, stdin: IO[bytes]) -> None:
        self.stdin: IO[bytes] | None = stdin
        self._channel = channel
        self._waiting = threading.Lock()
        self._ended: int | None = None
        answer = channel.recv(NUMBER.size)
        if not answer:
            raise ChildProcessError("The fork server exited before it forked")
        [self.pid] = NUMBER.unpack(answer)

    def poll(self) -> int | None:
        """Return the exit code if it has been received, else None."""
        return self._ended

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code once the process has ended, or raise subprocess.TimeoutExpired."""
        if not self._waiting.acquire(timeout=-1 if timeout is None else timeout):
            raise self._too_long(timeout)
        try:
            return self._received(timeout) if self._ended is None else self._ended
        finally:
            self._waiting.release()

    def _received(self, timeout: float | None) -> int:
        """Return the exit code sent by the server; if the server has exited, kill the process."""
        self._channel.settimeout(timeout)
        try:
            code = self._channel.recv(NUMBER.size)
        except TimeoutError:
            raise self._too_long(timeout) from None
        self._channel.close()
        if not code:
            self.kill()
        [self._ended] = NUMBER.unpack(code) if code else [-signal.SIGKILL]
        return self._ended

    def _too_long(self, timeout: float | None) -> Exception:
        return subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)

    def kill(self) -> None:
        """Send SIGKILL, unless the process has ended."""
        if self._ended is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


class ForkServer:
    """The fork server process; it exits with this one."""

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
        """Start a process that runs the bootstrap."""
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
        """Stop the server."""
        self._control.close()
        self._process.wait()


_servers: list[ForkServer] = []
_starting = threading.Lock()


def _server(variables: Variables) -> ForkServer:
    """Return this process's only fork server; start it if it is not running."""
    with _starting:
        if not _servers or not _servers[-1].is_alive:
            _servers.append(ForkServer(variables))
            atexit.register(_servers[-1].close)
        return _servers[-1]
