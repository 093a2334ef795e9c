"""The SAM CLI and the delivery's own tools against MiniStack, and what they call on the way."""

import json
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import CompletedProcess

from tests.conformance.emulator import HUB, REGION, Emulator
from tests.support.sam import SAM, run
from tests.support.template import ROOT

REPORT_BYTES = 65_536
Done = CompletedProcess[str]


class Delivery:
    """What deploys a built template, with the settings of `samconfig.toml`."""

    def __init__(self, aws: Emulator, template: Path) -> None:
        self._template = template
        self._variables = {
            "AWS_ENDPOINT_URL": aws.endpoint,
            "AWS_ACCESS_KEY_ID": HUB,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
        }

    def deploy(self, environment: str, *options: str | Path) -> Done:
        """Run `sam deploy --config-env <environment>`."""
        return self._sam("deploy", environment, "--template-file", self._template, *options)

    def delete(self, environment: str) -> Done:
        """Run `sam delete --config-env <environment>`."""
        return self._sam("delete", environment, "--no-prompts")

    def pin(self, environment: str) -> Path:
        """Package the template and pin its artifacts, as the delivery does; return it."""
        packaged = self._template.with_name(f"packaged-{environment}.yaml")
        place = ("--resolve-s3", "--s3-prefix", f"cidb2-{environment}")
        files = ("--template-file", self._template, "--output-template-file", packaged)
        pinning = (sys.executable, "-m", "tools.pin_artifacts", self._template, packaged)
        for command in ((SAM, "package", *place, *files), pinning):
            done = run(*command, **self._variables)
            assert done.returncode == 0, done.stdout + done.stderr
        return packaged

    def execute(self, change_set: str) -> Done:
        """Execute a change set by the tool that the delivery uses."""
        tool = (sys.executable, "-m", "tools.execute_change_set")
        return run(*tool, change_set, **self._variables)

    @contextmanager
    def watched(self) -> Iterator[set[tuple[str, str]]]:
        """Yield what is called meanwhile: service and operation, as each SDK client reports it.

        https://docs.aws.amazon.com/sdkref/latest/guide/feature-csm.html
        """
        calls: set[tuple[str, str]] = set()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as reports:
            reports.bind(("127.0.0.1", 0))
            port = str(reports.getsockname()[1])
            self._variables |= {"AWS_CSM_ENABLED": "true", "AWS_CSM_PORT": port}
            try:
                yield calls
            finally:
                del self._variables["AWS_CSM_ENABLED"], self._variables["AWS_CSM_PORT"]
            reports.setblocking(False)
            with suppress(BlockingIOError):  # when all are read
                while True:
                    report = json.loads(reports.recv(REPORT_BYTES))
                    calls.add((report["Service"].lower(), report["Api"]))

    def _sam(self, command: str, environment: str, *options: str | Path) -> Done:
        settings = ("--config-file", ROOT / "samconfig.toml", "--config-env", environment)
        return run(SAM, command, *settings, *options, **self._variables)
