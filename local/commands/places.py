"""Where things are in the checkout, and where runs leave theirs: for their owner alone."""

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


@contextmanager
def private(*folders: Path) -> Iterator[None]:
    """Keep what is in some folders to their owner, and what is created until the block's end.

    A folder that is there already, open to others, is closed. Inventories and the credentials of
    the embedded AWS are in them. For the whole process and what it starts: umask(2).
    """
    before = os.umask(0o077)
    try:
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
        yield
    finally:
        os.umask(before)
