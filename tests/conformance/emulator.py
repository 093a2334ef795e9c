"""MiniStack, an AWS emulator that others write: a process of its own that enforces IAM.

https://github.com/ministackorg/ministack
"""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tests.support.template import ROOT

MINISTACK = ROOT / ".tools" / "conformance" / "bin" / "ministack"
START = Path(__file__).parent / "site" / "start.py"
HUB = "123456789012"
REGION = "us-east-1"
START_SECONDS = 60
CLIENT = Config(retries={"total_max_attempts": 1}, read_timeout=120)


@dataclass(frozen=True)
class Emulator:
    """A running MiniStack."""

    endpoint: str
    log: Path

    def client(self, service: str, account: str = HUB, region: str = REGION) -> Any:
        """Return a client that acts as the root user of an account: its id is its access key."""
        make: Any = boto3.client
        return make(
            service,
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id=account,
            aws_secret_access_key="test",
            config=CLIENT,
        )


@contextmanager
def emulator(folder: Path) -> Iterator[Emulator]:
    """Start MiniStack on a free port of this machine, with its files in `folder`, and end it."""
    assert MINISTACK.exists(), "run `make .tools/conformance` first, or `make test-conformance`"
    log, port = folder / "ministack.log", _free_port()
    with log.open("wb") as written:
        process = subprocess.Popen(
            [MINISTACK.with_name("python"), START],
            env=_settings(folder, port),
            cwd=folder,
            stdout=written,
            stderr=written,
        )
    try:
        here = Emulator(f"http://127.0.0.1:{port}", log)
        _wait(here, process)
        yield here
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _settings(folder: Path, port: int) -> dict[str, str]:
    return {
        "AUTH": "true",  # signatures, identities, trust, session and resource policies
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "HOME": str(folder),
        "IOT_MTLS_ENABLED": "0",  # ports that nobody here uses
        "LOG_LEVEL": "INFO",
        "MINISTACK_ACCOUNT_ID": HUB,
        "PATH": str(Path(sys.executable).parent),
        "PYTHONPATH": str(Path(__file__).parent / "site"),
        "S3_DATA_DIR": str(folder / "s3"),
        "SFN_WAIT_SCALE": "0.05",
        "SFTP_ENABLED": "0",
        "TMPDIR": str(folder),
    }


def _wait(here: Emulator, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _is_healthy(here):
        assert process.poll() is None, here.log.read_text()
        assert time.monotonic() < deadline, here.log.read_text()
        time.sleep(0.1)


def _is_healthy(here: Emulator) -> bool:
    try:
        with urllib.request.urlopen(f"{here.endpoint}/_ministack/health") as answer:
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False
