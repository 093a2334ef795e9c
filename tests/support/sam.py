"""The real SAM CLI: builds the template for this machine, and deploys to the embedded AWS."""

import os
import platform
import subprocess
import sys
from pathlib import Path

from local.cloud import HUB_ACCOUNT, REGION
from local.embedded import EmbeddedAws
from local.identity import operator
from tests.support.template import ROOT

SAM = Path(sys.executable).with_name("sam")
SAME_FOR_ALL = {
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "COLUMNS": "300",
    "SAM_CLI_TELEMETRY": "0",
}


def run(*command: str | Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run a command in the repository; it has nobody to ask."""
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
    """Build the template into a folder by the repository's own tools, and return that."""
    folders = ("--build-dir", folder / "build", "--cache-dir", folder / "cache")
    done = run(SAM, "build", "--no-cached", *folders, **variables)
    assert done.returncode == 0, done.stderr
    return folder / "build"


def host_layer_settings() -> dict[str, str]:
    """Return the settings of `layers/shared/Makefile` that build the layer for this machine."""
    machine = platform.machine()
    is_mac = sys.platform == "darwin"
    architecture = machine.replace("arm64", "aarch64")
    system = "apple-darwin" if is_mac else "manylinux_2_28"
    return {
        "LAYER_PLATFORM": f"{architecture}-{system}",
        "LAYER_PYTHON": f"{sys.version_info.major}.{sys.version_info.minor}",
    }


class SamCli:
    """The SAM CLI against an embedded AWS, with the settings of `samconfig.toml`."""

    def __init__(self, aws: EmbeddedAws, build: Path) -> None:
        self._template = build / "template.yaml"
        credentials = operator(HUB_ACCOUNT, REGION)
        self._variables = {
            **{key.upper(): value for key, value in vars(credentials).items()},
            "AWS_ENDPOINT_URL": aws.endpoint,
            "AWS_DEFAULT_REGION": REGION,
        }

    def deploy(self, environment: str, *options: str | Path) -> "subprocess.CompletedProcess[str]":
        """Run `sam deploy --config-env <environment>`."""
        return self._run("deploy", environment, "--template-file", self._template, *options)

    def pin(self, environment: str) -> Path:
        """Package the template and pin its artifacts, as the delivery does; return it."""
        packaged = self._template.with_name(f"packaged-{environment}.yaml")
        place = ("--resolve-s3", "--s3-prefix", f"cidb2-{environment}")
        files = ("--template-file", self._template, "--output-template-file", packaged)
        pinning = (sys.executable, "-m", "tools.pin_artifacts", self._template, packaged)
        for command in ((SAM, "package", *place, *files), pinning):
            done = run(*command, **self._variables)
            assert done.returncode == 0, done.stderr
        return packaged

    def execute(self, change_set: str) -> "subprocess.CompletedProcess[str]":
        """Execute a change set by the tool that the delivery uses."""
        tool = (sys.executable, "-m", "tools.execute_change_set")
        return run(*tool, change_set, **self._variables)

    def delete(self, environment: str) -> "subprocess.CompletedProcess[str]":
        """Run `sam delete --config-env <environment>`."""
        return self._run("delete", environment, "--no-prompts")

    def _run(
        self, command: str, environment: str, *options: str | Path
    ) -> "subprocess.CompletedProcess[str]":
        settings = ("--config-file", ROOT / "samconfig.toml", "--config-env", environment)
        return run(SAM, command, *settings, *options, **self._variables)
