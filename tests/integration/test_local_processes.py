"""A forked execution environment cannot be told from a new process, and is one where it could."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import pytest

from local.execution_environment.fork_server import PRELOADED
from local.lambda_runtime import processes
from local.lambda_runtime.processes import Forked, Process
from local.lambda_runtime.runtime import SAME_FOR_ALL

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not processes.CAN_FORK, reason="functions are forked on Linux only"),
]

EXIT_CODE = 7
PROBE = """
import gc, json, locale, os, random, resource, signal, sys, threading, time

noticed = {
    "environment": dict(os.environ),
    "folder": os.getcwd(),
    "path": sys.path,
    "arguments": sys.argv,
    "flags": str(sys.flags),
    "streams": [str(each) for each in (sys.__stdin__, sys.__stdout__, sys.__stderr__)],
    "locale": [locale.setlocale(locale.LC_ALL), sys.getfilesystemencoding()],
    "zone": time.tzname,
    "signals": {str(each): str(signal.getsignal(each)) for each in signal.valid_signals()},
    "group": os.getpgrp(),
    "umask": os.umask(0),
    "files": sorted(os.listdir("/proc/self/fd")),
    "limits": resource.getrlimit(resource.RLIMIT_NOFILE),
    "threads": [each.name for each in threading.enumerate()],
    "collecting": [gc.isenabled(), gc.get_threshold()],
    "own modules": [name for name in sys.modules if name.partition(".")[0] in ("local", "cidb2")],
    "main": sys.modules["__main__"].__file__,
}
print(json.dumps(noticed, default=str))
print(json.dumps([random.random(), os.getpid(), "botocore" in sys.modules]), flush=True)
os._exit(7)
"""


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A function's folder."""
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "probe.py").write_text(PROBE)
    return folder


@pytest.fixture
def log(tmp_path: Path) -> Iterator[IO[bytes]]:
    with (tmp_path / "function.log").open("a+b", buffering=0) as file:
        yield file


def start(code: Path, log: IO[bytes], **variables: str) -> Process:
    """Start an execution environment of the probe."""
    given = {
        **SAME_FOR_ALL,
        "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9",
        "AWS_REGION": "us-east-1",
        "PYTHONPATH": str(code),
        **variables,
    }
    return processes.start("probe.handler", code, given, log)


def noticed(code: Path, log: IO[bytes], **variables: str) -> tuple[dict[str, Any], list[Any]]:
    """Return what a function notices that nobody could tell apart, and what differs anyway."""
    before = log.seek(0, os.SEEK_END)
    process = start(code, log, **variables)
    assert process.wait(timeout=30) == EXIT_CODE
    assert process.stdin
    process.stdin.close()
    log.seek(before)
    same, own = map(json.loads, log.read().splitlines())
    return same, own


def test_a_fork_notices_what_a_new_process_notices(
    code: Path, log: IO[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    forked, (drawn, pid, imported) = noticed(code, log, COLOR="red", TZ="Asia/Kathmandu")
    _, (drawn_by_next, pid_of_next, _) = noticed(code, log, SHAPE="round")
    monkeypatch.setattr(processes, "CAN_FORK", False)
    new, (_, _, imported_by_new) = noticed(code, log, COLOR="red", TZ="Asia/Kathmandu")
    assert forked == new
    assert (imported, imported_by_new) == (True, False)
    assert drawn != drawn_by_next
    assert pid != pid_of_next
    assert forked["zone"][0] == "+0545"


def test_a_function_that_brings_a_package_has_a_process_of_its_own(
    code: Path, log: IO[bytes], tmp_path: Path
) -> None:
    layer = tmp_path / "layer"
    (layer / "botocore").mkdir(parents=True)
    process = start(code, log, PYTHONPATH=f"{code}:{layer}")
    assert not isinstance(process, Forked)
    assert process.wait(timeout=30) == EXIT_CODE
    assert process.stdin
    process.stdin.close()


def test_a_function_that_sets_up_python_has_a_process_of_its_own(
    code: Path, log: IO[bytes]
) -> None:
    same, (_, _, imported) = noticed(code, log, PYTHONOPTIMIZE="1")
    assert "optimize=1" in same["flags"]
    assert not imported


def test_the_preloaded_packages_read_no_variable_of_a_function() -> None:
    """They would read it before it is set."""
    program = f"""
import importlib, os
class Watched(type(os.environ)):
    def __getitem__(self, name):
        print(name)
        return super().__getitem__(name)
os.environ.__class__ = Watched
for name in {PRELOADED!r}:
    importlib.import_module(name)
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    read = {*ran.stdout.split()}
    assert read
    assert read <= processes.INHERITED | processes.READ_BY_IMPORTS


def test_no_thread_runs_beside_the_fork_server(code: Path, log: IO[bytes]) -> None:
    noticed(code, log)
    server = processes._servers[-1]
    assert len([*Path(f"/proc/{server._process.pid}/task").iterdir()]) == 1


def test_a_fork_that_is_killed_says_by_what(code: Path, log: IO[bytes]) -> None:
    (code / "probe.py").write_text("import time\ntime.sleep(60)\n")
    process = start(code, log)
    assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=0.01)
    process.kill()
    assert process.wait() == process.wait(timeout=1) == process.poll() == -signal.SIGKILL
    process.kill()  # as of a process that has ended already
    assert process.stdin
    process.stdin.close()


def test_a_fork_dies_with_its_server_and_the_next_has_a_new_one(code: Path, log: IO[bytes]) -> None:
    probe = code / "probe.py"
    probe.write_text("import time\ntime.sleep(60)\n")
    process = start(code, log)
    server = processes._servers[-1]._process
    server.kill()
    server.wait()
    assert process.wait(timeout=30) == -signal.SIGKILL
    assert process.stdin
    process.stdin.close()
    assert gone(process.pid)
    probe.write_text(PROBE)
    _, (_, _, imported) = noticed(code, log)
    assert imported


def gone(pid: int) -> bool:
    """Whether a process that nobody of ours can wait for ends."""
    with suppress(ProcessLookupError):
        descriptor = os.pidfd_open(pid)
        try:
            return bool(select.select([descriptor], [], [], 30)[0])
        finally:
            os.close(descriptor)
    return True
