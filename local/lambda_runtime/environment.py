"""One execution environment: a process that handles one invocation at a time and is reused."""

import json
import queue
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any

from local.lambda_runtime import processes
from local.lambda_runtime.runtime_api import Invocation, Report, RuntimeApi

INIT_SECONDS = 60  # AWS allows 10, on an unshared machine
EXIT_SECONDS = 5


@dataclass(frozen=True)
class Outcome:
    """The result of an invocation. With an `error`, the payload describes it in Lambda's form."""

    payload: bytes
    error: bool = False
    fatal: bool = False  # the environment cannot be reused


class Environment:
    """Starts immediately. Call `invoke` from one thread at a time, and `close` when done."""

    def __init__(self, handler: str, folder: Path, variables: dict[str, str], log: Path) -> None:
        self._reports: SimpleQueue[Report] = SimpleQueue()
        self._api = RuntimeApi(self._reports)
        self._ready = False
        self._ending = threading.Lock()
        self.variables = variables
        self.peak_megabytes = 0.0
        self._log: IO[bytes] = log.open("ab", buffering=0)
        variables = {**variables, "AWS_LAMBDA_RUNTIME_API": self._api.address}
        self._process = processes.start(handler, folder, variables, self._log)
        threading.Thread(target=self._watch, daemon=True).start()

    def invoke(self, invocation: Invocation, timeout: float) -> Outcome:
        """Handle one event; the timeout, in seconds, starts once the runtime is ready."""
        request = f"RequestId: {invocation.request_id}"
        if not self._ready:
            try:
                report = self._reports.get(timeout=INIT_SECONDS)
            except queue.Empty:
                return _failure("Sandbox.Timedout", f"{request} Error: Init timed out")
            if report.kind != "ready":
                return self._gone(report, request)
            self._ready = True
        self._note(f"START {request} Version: $LATEST")
        started = time.monotonic()
        self._api.send(invocation)
        try:
            report = self._reports.get(timeout=timeout)
        except queue.Empty:
            message = f"{request} Error: Task timed out after {timeout:.2f} seconds"
            self._note(message)
            return _failure("Sandbox.Timedout", message)
        milliseconds = (time.monotonic() - started) * 1000
        self.peak_megabytes = max(self.peak_megabytes, peak_megabytes(self._process.pid))
        self._note(
            f"END {request}\nREPORT {request} Duration: {milliseconds:.2f} ms "
            f"Max Memory Used: {self.peak_megabytes:.0f} MB"
        )
        if report.kind in ("response", "error"):
            self._ready = False  # until it asks for the next event
            return Outcome(report.body, error=report.kind == "error")
        return self._gone(report, request)

    @property
    def alive(self) -> bool:
        """Whether the process is running."""
        return self._process.poll() is None

    def kill(self) -> None:
        """Send SIGKILL, to simulate an execution environment lost by AWS."""
        self._process.kill()

    def close(self) -> None:
        """Stop the process and its server. Safe to call more than once."""
        if not self._ending.acquire(blocking=False):
            return
        if self._process.stdin:
            self._process.stdin.close()  # makes the bootstrap exit
        try:
            self._process.wait(EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._api.close()
        self._log.close()

    def _watch(self) -> None:
        self._process.wait()
        self._reports.put(Report("exit"))

    def _gone(self, report: Report, request: str) -> Outcome:
        if report.kind == "init_error":
            return Outcome(report.body, error=True, fatal=True)
        code = self._process.wait()
        how = f"signal: {-code}" if code < 0 else f"exit status {code}"
        return _failure("Runtime.ExitError", f"{request} Error: Runtime exited with error: {how}")

    def _note(self, line: str) -> None:
        self._log.write(f"{line}\n".encode())


def _failure(kind: str, message: str) -> Outcome:
    described: dict[str, Any] = {"errorType": kind, "errorMessage": message}
    return Outcome(json.dumps(described).encode(), error=True, fatal=True)


def peak_megabytes(pid: int) -> float:
    """Return a process's peak memory (Linux) or current memory (elsewhere), in MB.

    `getrusage` would not do: a new process inherits the maximum of its parent.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) / 1024
    except (OSError, StopIteration):
        shown = subprocess.run(
            ["/bin/ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return int(shown.stdout or 0) / 1024
