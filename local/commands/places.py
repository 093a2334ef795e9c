"""Paths in the checkout, and private folders for the results of runs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "template.yaml"
MEMBER_TEMPLATE = ROOT / "member-account" / "template.yaml"

OWN = ROOT / ".local"
RUNS = OWN / "runs"
REPORT = "report.html"
LAKE = "latest"
"""The folder, beside those of the runs, of the lake of the last `make run`."""


@contextmanager
def private(*folders: Path) -> Iterator[None]:
    """Make folders, and all files created during the block, readable by their owner only.

    Existing folders are restricted too: they hold inventories and credentials of the embedded AWS.
    The umask(2) applies to the whole process and its children.
    """
    before = os.umask(0o077)
    try:
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
        yield
    finally:
        os.umask(before)
