"""`make pictures`: pictures of report, explorer and `cidb2`, from a run on the embedded AWS.

To reproduce the committed pictures, install the fonts Inter, IPA Gothic and Noto Color Emoji.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Literal

from playwright.sync_api import sync_playwright

from local.commands import run
from local.commands.places import LAKE, REPORT
from local.commands.serve import variables
from tools import browser, session_picture

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
RUN = ("--accounts", "6", "--runs", "3")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SIZE = {"width": 1320, "height": 900}
LARGEST_BYTES = 200_000
BUILDING_MS = 60_000


def main() -> None:
    """Run inventories; draw a `cidb2` session, and report and explorer in both colour schemes."""
    chromium = browser.find()
    if chromium is None:
        sys.exit("No Chromium: run 'make browser' to install it")
    with tempfile.TemporaryDirectory() as folder:
        if run.main(
            RUN,
            runs=Path(folder),
            afterwards=lambda aws: session_picture.take(variables(aws), PICTURES / "cli.svg"),
        ):
            sys.exit("The run failed: no pictures were written")
        report = max(Path(folder).rglob(REPORT))
        take(chromium, "report", lambda: nullcontext(report.as_uri()))
        take(chromium, "explore", lambda: explored(Path(folder) / LAKE))


def take(chromium: Path, name: str, shown: Callable[[], AbstractContextManager[str]]) -> None:
    """Write a picture of the top of a page, in each colour scheme, from its address."""
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for scheme in SCHEMES:
            page = opened.new_page(viewport=SIZE, color_scheme=scheme)  # type: ignore[arg-type]  # a ViewportSize
            path = PICTURES / f"{name}-{scheme}.png"
            with shown() as address:
                page.goto(address)
                page.wait_for_selector("table", timeout=BUILDING_MS)
                page.screenshot(path=path)
            if path.stat().st_size > LARGEST_BYTES:
                sys.exit(f"{path} is larger than {LARGEST_BYTES:,} bytes")
        opened.close()


@contextmanager
def explored(lake: Path) -> Iterator[str]:
    """Yield the link of `cidb2 explore` over a lake; the page waits until the index is there."""
    cidb2 = str(Path(sys.executable).with_name("cidb2"))
    command = [cidb2, "explore", "--folder", str(lake), "--port", "0"]
    environment = {**os.environ, "CIDB2_HOME": str(lake)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        _, _, link = str(process.stdout and process.stdout.readline()).partition("inventory: ")
        yield link.strip()
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
