"""The report in a real browser: Chromium, without a head and without a network."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.reports import a_report
from tools import browser as chromium

AXE = Path(__file__).parents[2] / "tools" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
RULES: dict[Literal["light", "dark"], str] = {
    "light": "{resultTypes: ['violations']}",
    "dark": "{resultTypes: ['violations'], runOnly: ['color-contrast']}",
}
"""axe-core's options by color scheme; only the colors of a page differ between the two."""
WIDE = {"width": 1320, "height": 1000}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium.find()
    assert path, "No Chromium: run 'make browser' to install it"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


@dataclass
class Shown:
    """A page that is shown, what it asked for, and what it complained of."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def texts(self, table: str, column: int, *, only: str = "tr:not([hidden])") -> list[str]:
        """Return the texts of a column, those of the rows that can be seen."""
        cells = self.page.locator(f"#{table} tbody {only} > :nth-child({column})")
        return [text.strip() for text in cells.all_text_contents()]

    def header(self, table: str, name: str) -> Any:
        """Return the button by which a column is sorted."""
        return self.page.locator(f"#{table} thead button", has_text=name).first


Show = Callable[..., Shown]


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Show]:
    """Show a report, or HTML; `options` are those of the browser's context."""
    contexts = []

    def show(html: str, **options: Any) -> Shown:
        context = browser.new_context(**{"viewport": WIDE, **options})
        contexts.append(context)
        shown = Shown(context.new_page())
        shown.page.on("request", lambda request: shown.asked.append(request.url))
        shown.page.on("console", lambda message: shown.complaints.append(message.text))
        shown.page.on("pageerror", lambda error: shown.complaints.append(str(error)))
        shown.page.on("dialog", lambda dialog: shown.complaints.append(dialog.message))
        file = tmp_path / f"report-{len(contexts)}.html"
        file.write_text(html, encoding="utf-8")
        shown.page.goto(file.as_uri())
        return shown

    yield show
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def few() -> str:
    return a_report(8, earlier=3).html


@pytest.fixture(scope="session")
def some() -> str:
    """Return the least with all that a page can have, the map among it."""
    return a_report(30, earlier=29).html


@pytest.fixture(scope="session")
def many() -> str:
    return a_report(200, earlier=29).html
