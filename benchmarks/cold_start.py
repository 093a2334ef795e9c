"""Cold starts of the functions, next to plain boto3 clients of the same services.

Each start is a new process with the layer built for this machine, the function's folder, and
Lambda's runtime. The best of a few rounds counts. CPU is compared because it does not depend on
other load.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from platform import machine
from tempfile import TemporaryDirectory

from benchmarks.collecting import SETTINGS
from benchmarks.page import Table
from benchmarks.sample import Samples

ROOT = Path(__file__).resolve().parent.parent
UV = ROOT / ".tools" / "uv"
ROUNDS = 3
BY_THE_RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")

OF_THE_HUB = "dynamodb s3 sns sts"
SERVICES: Mapping[str, str] = {
    "initializer": "dynamodb s3 ec2 organizations",
    "iam_collector": f"{OF_THE_HUB} iam",
    "kms_collector": f"{OF_THE_HUB} ec2 kms",
    "ec2_collector": f"{OF_THE_HUB} ec2",
    "s3_collector": f"{OF_THE_HUB} s3 s3control",
    "compute_collector": f"{OF_THE_HUB} ec2 lambda",
    "reporter": "dynamodb",
    "results_processor": "dynamodb s3 sns",
}
"""The clients of each function's first request; a collector's come last for the account."""

VARIABLES = {
    **SETTINGS,
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": SETTINGS["AWS_REGION"],
    "AWS_LAMBDA_FUNCTION_NAME": "function",
    "LAMBDA_TASK_ROOT": "/tmp",  # Powertools and the X-Ray SDK detect Lambda
    "PYTHONDONTWRITEBYTECODE": "1",  # Lambda's code folders are read-only
}

MEASURED = """
import json, sys, time
began, cpu = time.perf_counter(), time.process_time()
{}
print(json.dumps([time.process_time() - cpu, time.perf_counter() - began]))
"""
BARE = """
import boto3
for service in sys.argv[1].split():
    boto3.client(service)
"""
INIT = """
import importlib
app = importlib.import_module(f"functions.{sys.argv[2]}.app")
"""
READY = f"""{INIT}
from botocore.credentials import Credentials
from cidb2.aws.caller import Caller
from cidb2.aws.clients import hub_clients
from cidb2.aws.connections import Connections
from cidb2.aws.protocols import Protocols
services, region = sys.argv[1].split(), "us-east-1"
hub = hub_clients(region, 10)
of_account = services[4:] if sys.argv[2].endswith("_collector") else []
for service in services[: len(services) - len(of_account)]:
    hub.client(service)
keys = Credentials("key", "secret")
account = Caller("234567890123", keys, region, Protocols(), Connections(), threads=10)
for service in of_account:
    account.client(service)
"""


def measure(_: Samples) -> Table:
    """Return CPU and wall time of the init, alone and with the first request's clients."""
    with TemporaryDirectory() as folder:
        built = _Built(Path(folder))
        rows = [built.row(name) for name in SERVICES]
    return Table(
        (
            *("function", "bare clients, CPU ms", "init, CPU ms", "with clients, CPU ms"),
            *("times bare", "times bare, wall", "without bytecode", "code KB"),
        ),
        rows,
    )


class _Built:
    """The output of `sam build` for this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runtime = folder / "runtime"
        self._runtime.mkdir()
        for name in BY_THE_RUNTIME:
            spec = find_spec(name)
            origin = Path(spec.origin) if spec and spec.origin else Path()
            whole = origin.parent if origin.name == "__init__.py" else origin
            (self._runtime / whole.name).symlink_to(whole)
        self._layer = self._build_layer("layer")
        self._sources = self._build_layer("sources", INTERPRETER="")

    def row(self, name: str) -> Sequence[object]:
        code = self._build_function(name)
        services = SERVICES[name]
        starts = {
            "bare": (BARE, [self._runtime]),
            "init": (INIT, [code, self._layer, self._runtime]),
            "ready": (READY, [code, self._layer, self._runtime]),
            "sources": (READY, [code, self._sources, self._runtime]),
        }
        taken: dict[str, list[list[float]]] = {each: [] for each in starts}
        for _ in range(ROUNDS):
            for each, (script, path) in starts.items():
                taken[each].append(_start(script, services, name, path))
        cpu = {each: min(one[0] for one in rounds) for each, rounds in taken.items()}
        wall = {each: min(one[1] for one in rounds) for each, rounds in taken.items()}
        return (
            name,
            *(round(1000 * cpu[each]) for each in ("bare", "init", "ready")),
            cpu["ready"] / cpu["bare"],
            wall["ready"] / wall["bare"],
            cpu["sources"] / cpu["bare"],
            round(sum(path.stat().st_size for path in code.rglob("*.py")) / 1024),
        )

    def _build_layer(self, name: str, **variables: str) -> Path:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        settings = {
            "ARTIFACTS_DIR": str(self._folder / name),
            "LAYER_PLATFORM": f"{machine()}-manylinux_2_28",
            "LAYER_PYTHON": version,
            **variables,
        }
        layer = ROOT / "layers" / "shared"
        given = [f"{key}={value}" for key, value in settings.items()]
        command: list[str | Path] = [
            "make",
            "-s",
            "-f",
            layer / "Makefile",
            "-C",
            layer,
            "build-SharedLayer",
            *given,
        ]
        subprocess.run(command, check=True, capture_output=True)
        return self._folder / name / "python"

    def _build_function(self, name: str) -> Path:
        code = self._folder / name
        source = ROOT / "functions" / name
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, code / "functions" / name, ignore=ignored)
        lock = source / "requirements.lock"
        if lock.exists():
            install: list[str | Path] = [
                UV,
                "pip",
                "install",
                "-q",
                "--no-deps",
                "--target",
                code,
                "-r",
                lock,
            ]
            subprocess.run([*install, "--python", sys.executable], check=True)
        return code


def _start(script: str, services: str, function: str, path: Sequence[Path]) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-S", "-c", MEASURED.format(script.strip()), services, function],
        env={**VARIABLES, "PATH": os.environ["PATH"], "PYTHONPATH": ":".join(map(str, path))},
        capture_output=True,
        text=True,
        check=True,
    )
    taken: list[float] = json.loads(done.stdout)
    return taken
