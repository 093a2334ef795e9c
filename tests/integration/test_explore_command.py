"""`cidb2 explore` as a person starts it: the link, the first index, the next one, the end."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from cli.errors import ExitCode
from tests.support.command_line import CommandLine
from tests.support.planted_lake import PlantedLake, of_type
from tests.support.standing_lake import IAM, STANDING

SECONDS = 60
START = "from cli.main import app; app()"


@pytest.fixture
def planted(tmp_path: Path) -> PlantedLake:
    planted = PlantedLake(tmp_path / "lake")
    planted.plant(0, STANDING)
    return planted


class Started:
    """The command in a process of its own, and a browser that follows its link."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.port, token = self.link()
        self.cookie = ""
        _, cookie, _ = self._ask(f"/?token={token}")
        self.cookie = cookie.split(";")[0]

    def link(self) -> tuple[int, str]:
        """Return the port and the token of the next link that the terminal shows."""
        assert self.process.stdout
        for line in self.process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:(\d+)/\?token=([\w-]+)", line):
                return int(found[1]), found[2]
        raise AssertionError("no link")

    def get(self, path: str) -> tuple[int, str]:
        status, _, text = self._ask(path)
        return status, text

    def get_when_ready(self, path: str) -> str:
        """Return a page once the first index serves."""
        until = time.monotonic() + SECONDS
        while (answer := self.get(path))[0] == 503 and time.monotonic() < until:
            time.sleep(0.1)
        assert answer[0] == 200, answer[1]
        return answer[1]

    def _ask(self, path: str) -> tuple[int, str, str]:
        """Return the status, the cookie and the text of an answer."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)) as connection:
            connection.request("GET", path, headers={"cookie": self.cookie})
            answer = connection.getresponse()
            text = answer.read().decode()
            return answer.status, str(answer.getheader("set-cookie")), text


@contextmanager
def started(folder: Path, home: Path, *options: str) -> Iterator[Started]:
    command = [sys.executable, "-c", START, "explore", "--folder", str(folder), "--port", "0"]
    process = subprocess.Popen(
        [*command, *options],
        env={**os.environ, "CIDB2_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield Started(process)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=SECONDS)


def test_it_shows_a_link_builds_an_index_and_ends_with_ctrl_c(
    planted: PlantedLake, tmp_path: Path
) -> None:
    with started(planted.folder, tmp_path / "home") as explored:
        assert "resources in" in explored.get_when_ready("/")
        _, second = explored.link()
        assert second
    assert explored.process.returncode == ExitCode.INTERRUPTED
    [index] = (tmp_path / "home").rglob("*.duckdb")
    with started(planted.folder, tmp_path / "home") as again:
        assert again.get("/")[0] == 200  # at once: the index is there already
    assert [*(tmp_path / "home").rglob("*.duckdb")] == [index]
    assert not [*(tmp_path / "home").rglob(".*")]


def test_a_day_has_an_index_of_its_own(planted: PlantedLake, tmp_path: Path) -> None:
    planted.plant(3, {IAM: [of_type("AWS::IAM::Role", "of-old")]})
    day = min(path.name for path in planted.folder.glob("lake/scopes/*"))[9:]
    with started(planted.folder, tmp_path / "home", "--day", day) as explored:
        assert "of-old" in explored.get_when_ready("/resources")
        assert f"Inventory of {day}" in explored.get("/")[1]


def test_a_folder_without_a_lake_is_told_on_the_page(tmp_path: Path) -> None:
    with started(tmp_path, tmp_path / "home") as explored:
        until = time.monotonic() + SECONDS
        while "no lake here" not in (told := explored.get("/"))[1] and time.monotonic() < until:
            time.sleep(0.1)
        assert told[0] == 503
        assert "no lake here" in told[1]


def test_a_script_gets_the_link_as_json(planted: PlantedLake, tmp_path: Path) -> None:
    with started(planted.folder, tmp_path / "home", "--json") as explored:
        assert explored.get("/")[0] in (200, 503)


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        cidb2 = CommandLine({"CIDB2_HOME": str(tmp_path)})
        ran = cidb2("explore", "--folder", str(tmp_path), "--port", port)
    assert ran.exit_code == ExitCode.USAGE
    assert f"Port {port} of 127.0.0.1 is not free" in ran.output
    assert "--port" in ran.output
