"""What runs leave behind on a machine is for whoever started them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.commands.places import private


@pytest.fixture(autouse=True)
def open_machine() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_folders_and_what_is_created_are_their_owners(tmp_path: Path) -> None:
    own, runs = tmp_path / ".local", tmp_path / ".local" / "runs"
    with private(own, runs):
        (runs / "summary.json").write_text("{}")
        (runs / "one").mkdir()
        child = [sys.executable, "-c", f"open({str(runs / 'log')!r}, 'w')"]
        subprocess.run(child, check=True)
    assert [mode(path) for path in (own, runs, runs / "one")] == [0o700] * 3
    assert [mode(runs / name) for name in ("summary.json", "log")] == [0o600] * 2


def test_a_folder_that_was_open_to_others_is_closed(tmp_path: Path) -> None:
    own = tmp_path / ".local"
    own.mkdir(mode=0o755)
    (own / "aws.env").write_text("AWS_SECRET_ACCESS_KEY=x")
    with private(own):
        assert mode(own) == 0o700


def test_other_files_of_the_process_are_as_before(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), private(tmp_path / ".local"):
        raise KeyboardInterrupt
    (tmp_path / "plain").touch()
    assert mode(tmp_path / "plain") == 0o644
