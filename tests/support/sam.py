"""Runs the real SAM CLI to build the template for Lambda or this machine."""

import fcntl
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.template import ROOT

SAM = Path(sys.executable).with_name("sam")
SAME_FOR_ALL = {
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "COLUMNS": "300",
    "SAM_CLI_TELEMETRY": "0",
}


def run(*command: str | Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run a command in the repository, without input."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**inherited, **SAME_FOR_ALL, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def sam_build(folder: Path, **variables: str) -> Path:
    """Build the template into a folder with the repository's tools; return the folder."""
    folders = ("--build-dir", folder / "build", "--cache-dir", folder / "cache")
    done = run(SAM, "build", "--no-cached", *folders, **variables)
    assert done.returncode == 0, done.stderr
    return folder / "build"


def host_build(factory: pytest.TempPathFactory) -> Path:
    """Build the template for this machine, once for all workers; return the folder."""
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    shared = factory.getbasetemp().parent if is_worker else factory.getbasetemp()
    folder = shared / "host-build"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            sam_build(folder, **host_layer_settings())
            (folder / "done").touch()
    return folder / "build"


def host_layer_settings() -> dict[str, str]:
    """Return the settings of `tools/lambda_artifact` for artifacts that run on this machine."""
    machine = platform.machine()
    is_mac = sys.platform == "darwin"
    architecture = machine.replace("arm64", "aarch64")
    system = "apple-darwin" if is_mac else "manylinux_2_28"
    return {
        "LAYER_PLATFORM": f"{architecture}-{system}",
        "LAYER_PYTHON": f"{sys.version_info.major}.{sys.version_info.minor}",
    }
