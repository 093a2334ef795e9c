"""What a person installs: the command with all that it reads, and nothing of what is deployed."""

import os
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points, version
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

from cidb2.types.catalog import SERVICE_OF
from tests.support.template import ROOT

pytestmark = pytest.mark.integration

BUILD = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def tracked(*places: str) -> set[str]:
    """Return the sources below some places, as git knows them."""
    listed = subprocess.run(
        ["git", "ls-files", *places], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return set(listed.stdout.split())


def test_the_wheel_holds_the_command_and_what_it_reads(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-c", BUILD, str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    with ZipFile(tmp_path / built.stdout.split()[-1]) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    sources = tracked("cli", "explore", "lake", "layers/shared/cidb2")
    assert names >= {name.removeprefix("layers/shared/") for name in sources}
    assert {name.partition("/")[0] for name in names} == {"cli", "explore", "lake", "cidb2"}


def test_the_set_up_leaves_the_command_in_the_environment() -> None:
    [command] = entry_points(group="console_scripts", name="cidb2")
    assert command.value == PROJECT["scripts"]["cidb2"]
    ran = subprocess.run(
        [Path(sys.executable).with_name("cidb2"), "sql"], capture_output=True, text=True, check=True
    )
    assert "public-buckets" in ran.stdout


@pytest.mark.parametrize("text", PROJECT["dependencies"])
def test_what_is_tested_is_what_the_command_asks_for(text: str) -> None:
    requirement = Requirement(text)
    assert requirement.specifier.contains(version(requirement.name))


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("cidb2 cov", {"coverage"}),
        ("cidb2 sql public-s", {"public-snapshots-and-images"}),
        ("cidb2 find --type AWS::S3", {one for one in SERVICE_OF if one.startswith("AWS::S3")}),
        ("cidb2 export x --format p", {"parquet"}),
    ],
)
def test_a_shell_completes_commands_queries_and_types(line: str, offered: set[str]) -> None:
    asked = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    ran = subprocess.run(
        [Path(sys.executable).with_name("cidb2")],
        env={**os.environ, "_CIDB2_COMPLETE": "complete_bash", **asked},
        check=True,
        capture_output=True,
        text=True,
    )
    assert set(ran.stdout.split()) == offered
