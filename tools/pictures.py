"""`make pictures`: the README's pictures of the report and `cidb2`, from a run on the embedded AWS.

To reproduce the committed pictures, install the fonts Inter, IPA Gothic and Noto Color Emoji.
"""

import sys
import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import sync_playwright

from local.commands import run
from local.commands.places import REPORT
from local.commands.serve import variables
from tools import browser, session_picture

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
RUN = ("--accounts", "6", "--runs", "3")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SIZE = {"width": 1320, "height": 900}
LARGEST_BYTES = 200_000


def main() -> None:
    """Run inventories; draw a `cidb2` session, and the report in both colour schemes."""
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
        take(chromium, max(Path(folder).rglob(REPORT)))


def take(chromium: Path, report: Path) -> None:
    """Write a picture of the report's top in each colour scheme."""
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for scheme in SCHEMES:
            page = opened.new_page(viewport=SIZE, color_scheme=scheme)  # type: ignore[arg-type]  # a ViewportSize
            page.goto(report.as_uri())
            path = PICTURES / f"report-{scheme}.png"
            page.screenshot(path=path)
            if path.stat().st_size > LARGEST_BYTES:
                sys.exit(f"{path} is larger than {LARGEST_BYTES:,} bytes")
        opened.close()


if __name__ == "__main__":
    main()
