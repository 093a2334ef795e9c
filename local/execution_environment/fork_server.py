"""Forks execution environments from a process that has already imported their packages.

Usage: `python fork_server.py CONTROL`, the number of a socket. Each byte on it comes with three
file descriptors: standard input, log and channel. The server reads the job from the channel, forks,
and sends back the pid and later the exit code. It exits with its parent.

A function must see the same as in a fresh process: no import may read the environment before the
function's variables are set, and the server may not run other threads.
"""

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import struct
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PRELOADED = (
    "boto3.dynamodb.types",
    "botocore.docs.service",
    "botocore.parsers",
    "botocore.session",
    "fastjsonschema",
    "http.server",
    "jinja2",
    "simplejson",
    "urllib3",
    "wrapt",
)
"""Imports of functions that read none of Lambda's variables: most of a cold start."""

MODELS = ("dynamodb", "ec2", "s3", "sns", "sts")
"""Services whose models most functions load."""

BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
NUMBER = struct.Struct("i")
"""Encoding of pids and exit codes."""

SIGNALS_AT_ONCE = 4096


@dataclass
class Server:
    """The server's sockets, which forks inherit and must close."""

    control: socket.socket
    ended: socket.socket
    signals: socket.socket
    on_interrupt: Any
    """SIGINT's initial handler in a new process: ignored if the parent runs in the background."""
    channels: dict[int, socket.socket] = field(default_factory=dict)

    def close(self) -> None:
        """Close the sockets in a fork, and restore the default signal handlers."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, self.on_interrupt)
        for each in (self.control, self.ended, self.signals, *self.channels.values()):
            each.close()


@dataclass(frozen=True)
class Request:
    """A fork's job: its three file descriptors, and the message from the channel."""

    descriptors: list[int]
    wanted: dict[str, Any]


def main() -> None:
    """Preload the imports, serve, and run the requested handler in each fork."""
    for name in PRELOADED:
        importlib.import_module(name)
    preload_models()
    gc.collect()
    gc.freeze()  # garbage collection in a fork would copy every page with an object
    become(serve(listening(int(sys.argv[1]))))


def preload_models() -> None:
    """Apply botocore's caches, and parse the models in this process."""
    from botocore.loaders import Loader

    memo = runpy.run_path(str(BOOTSTRAP.with_name("botocore_memo.py")))
    for owner, name, replacement in memo["replacements"]():
        setattr(owner, name, replacement)
    loader = Loader()
    for name in ("endpoints", "partitions", "sdk-default-configuration", "_retry"):
        loader.load_data(name)
    for service in MODELS:
        loader.load_service_model(service, "service-2")
        loader.load_service_model(service, "endpoint-rule-set-1")


def listening(control: int) -> Server:
    """Return the server's sockets; SIGCHLD wakes the server."""
    ended, signals = socket.socketpair()
    signals.setblocking(False)  # noqa: FBT003 - as set_wakeup_fd wants it
    # Ctrl-C must reach only the parent and the functions.
    on_interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(signals.fileno(), warn_on_full_buffer=False)
    return Server(socket.socket(fileno=control), ended, signals, on_interrupt)


def serve(server: Server) -> Request:
    """Fork for each request; return only in the forks."""
    while True:
        ready, _, _ = select.select([server.control, server.ended], [], [])
        if server.ended in ready:
            server.ended.recv(SIGNALS_AT_ONCE)
            report_ends(server)
        if server.control in ready:
            request = fork(server)
            if request:
                return request


def fork(server: Server) -> Request | None:
    """Fork for one request; return the request in the fork and None in the server."""
    started, descriptors, _, _ = socket.recv_fds(server.control, 1, 3)
    if not started:
        os._exit(0)  # the parent has exited, so have all functions
    *files, channel_descriptor = descriptors
    channel = socket.socket(fileno=channel_descriptor)
    with channel.makefile("rb") as message:
        wanted = json.load(message)
    pid = os.fork()
    if not pid:
        channel.close()
        server.close()
        return Request(files, wanted)
    for each in files:
        os.close(each)
    channel.sendall(NUMBER.pack(pid))
    server.channels[pid] = channel
    return None


def report_ends(server: Server) -> None:
    """Send each ended process's exit code to its channel, encoded as in `subprocess`."""
    while server.channels:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with server.channels.pop(pid) as channel, suppress(BrokenPipeError):  # nobody is waiting
            channel.sendall(NUMBER.pack(os.waitstatus_to_exitcode(status)))


def become(request: Request) -> None:
    """Turn this fork into `python bootstrap.py HANDLER`, and run it until it ends."""
    stdin, log = request.descriptors
    for given, usual in ((stdin, 0), (log, 1), (log, 2)):
        os.dup2(given, usual)
    os.closerange(3, max(request.descriptors) + 1)
    os.chdir(request.wanted["folder"])
    os.environ.update(request.wanted["variables"])
    time.tzset()
    sys.argv[:] = [str(BOOTSTRAP), request.wanted["handler"]]
    sys.path[:1] = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    runpy.run_path(str(BOOTSTRAP), run_name="__main__")


if __name__ == "__main__":
    main()
