"""Runs a built function as Lambda does: only AWS's runtime client, the function, its layer."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

from local.emulator.embedded import EmbeddedAws
from local.gateway.identity import assume
from local.lambda_runtime.runtime_api import Invocation, Report, RuntimeApi
from tests.support.template import ROOT

RUNTIME_CLIENT = "awslambdaric"
LAMBDAS_OWN_SDK = ("boto3", "botocore", "s3transfer")
"""Packages that the runtime also has, in its own version."""

NAMES = ROOT / "local" / "execution_environment" / "names.py"
START = """
import json, os, runpy, socket, sys
print(json.dumps({"path": sys.path, "folder": os.getcwd()}), flush=True)
names = runpy.run_path(sys.argv[2])
socket.getaddrinfo = names["knowing_accounts"](socket.getaddrinfo)
from awslambdaric.__main__ import main
main(["", sys.argv[1]])
"""
"""The host of S3 Control begins with the account id, which resolves on AWS only."""

ANSWER_SECONDS = 60
TIMEOUT_SECONDS = 300
"""The function's timeout: long enough that no collector asks for another invocation."""


class IsolatedFunction:
    """One execution environment of a built function, in a stack of the embedded AWS.

    Python starts without site-packages: the function imports from itself, its layer, `runtime` (see
    `runtime_folder`), or the standard library.
    """

    def __init__(
        self, aws: EmbeddedAws, logical_id: str, code: Path, layer: Path, runtime: Path
    ) -> None:
        self._reports: SimpleQueue[Report] = SimpleQueue()
        self._api = RuntimeApi(self._reports)
        client, name = aws.client("lambda"), aws.stack.physical_id(logical_id)
        function = client.get_function_configuration(FunctionName=name)
        self._arn = function["FunctionArn"]
        credentials = assume(function["Role"], name, aws.stack.region)
        variables = {
            **function["Environment"]["Variables"],
            **{key.upper(): value for key, value in vars(credentials).items()},
            "AWS_ENDPOINT_URL": aws.endpoint,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function["MemorySize"]),
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_RUNTIME_API": self._api.address,
            "AWS_REGION": aws.stack.region,
            "LAMBDA_TASK_ROOT": str(code),
            "PATH": os.environ["PATH"],
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": os.pathsep.join(map(str, (code, layer, runtime))),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-c", START, function["Handler"], NAMES],
            cwd=code,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._process.stdout
        self.surroundings: dict[str, Any] = json.loads(self._process.stdout.readline())
        self._printed: list[str] = []
        # Without a reader, the function blocks once its pipe is full.
        self._listener = Thread(target=self._printed.extend, args=(self._process.stdout,))
        self._listener.start()

    def invoke(self, event: Any) -> Any:
        """Return the function's response; an error in the function fails the test."""
        self._expect("ready")
        trace = "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0"
        self._api.send(Invocation(json.dumps(event).encode(), self._arn, TIMEOUT_SECONDS, trace))
        return json.loads(self._expect("response"))

    def close(self) -> str:
        """Stop the process and return its output."""
        self._process.kill()
        self._process.wait()
        self._listener.join()
        assert self._process.stdout
        self._process.stdout.close()
        self._api.close()
        return "".join(self._printed)

    def _expect(self, kind: str) -> bytes:
        report = self._reports.get(timeout=ANSWER_SECONDS)
        assert report.kind == kind, report.body.decode()
        return report.body


def runtime_folder(folder: Path) -> Path:
    """Create a folder with the packages of the Lambda runtime only; return it.

    Its SDK cannot be imported, so functions must use the layer's.
    """
    folder.mkdir()
    for name in LAMBDAS_OWN_SDK:
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(f"raise ImportError('the runtime has {name}')\n")
    for name in sorted(_with_requirements((RUNTIME_CLIENT,))):
        distribution = metadata.distribution(name)
        for top in {file.parts[0] for file in distribution.files or ()} - {".."}:
            (folder / top).symlink_to(Path(str(distribution.locate_file(top))))
    return folder


def _with_requirements(names: tuple[str, ...]) -> set[str]:
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _requirements(name)
    return found


def _requirements(name: str) -> Iterator[str]:
    for requirement in metadata.requires(name) or ():
        if "extra ==" not in requirement:
            yield re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
