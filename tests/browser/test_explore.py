"""`cidb2 explore` in a browser: the questions people come with, with and without script."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from cidb2.reasons import Reason
from cidb2.scope import ALL_REGIONS, Scope
from explore.page import page_of
from tests.browser.conftest import AXE, RULES, WIDE
from tests.support import hostile
from tests.support.builders import ACCOUNT
from tests.support.explored import Explored, explored
from tests.support.planted_lake import PlantedLake, of_type
from tests.support.standing_lake import EC2, IAM, KEYS, REGION, STANDING

OTHER = "345678901234"
ADDRESS = "10.1.2.3"
NARROW = {"width": 360, "height": 740}
INTERFACE = of_type(
    "AWS::EC2::NetworkInterface",
    "eni-1",
    REGION,
    configuration={"PrivateIpAddress": ADDRESS},
    tags={"Owner": "payments"},
)
HOSTILE = of_type(
    "AWS::EC2::Instance",
    "i-hostile",
    REGION,
    resource_name="".join(hostile.IN_JSON),
    tags={text: text for text in hostile.IN_JSON} | {"x" * 120: "y" * 250},
    configuration={text: [text] for text in hostile.IN_JSON},
)
ROLE, ROLE_NOW = (
    of_type("AWS::IAM::Role", "deployer", configuration={"Path": path}) for path in ("/", "/new/")
)
OPENED = "document.querySelectorAll('details').forEach(each => each.open = true)"
VOLUME = of_type(
    "AWS::EC2::Volume", "vol-encrypted", REGION, configuration={"KmsKeyId": KEYS[0].arn}
)
PAGES = (
    *("/ask", "/ask/what-uses", "/ask/unused-resources", f"/ask/what-uses?about={KEYS[0].arn}"),
    page_of(KEYS[0].arn),
    *("/", "/resources", "/resources?q=nothing+at+all", "/resources?type=instance&tag:Owner=*"),
    *("/changes?since=30d", "/coverage", "/runs", "/pivot", "/pivot?rows=type&columns=region"),
    *("/sql", "/sql?saved=public-buckets", "/sql?q=SELECT+1", "/nothing"),
    *(page_of(HOSTILE.arn), f"{page_of(ROLE.arn)}/history", page_of(INTERFACE.arn)),
)


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Explored]:
    planted = PlantedLake(tmp_path_factory.mktemp("lake"))
    ec2 = [*STANDING[EC2], INTERFACE, HOSTILE, VOLUME]
    planted.plant(2, {**STANDING, EC2: ec2, IAM: [ROLE]})
    denied = Scope(OTHER, "ec2", ALL_REGIONS)
    planted.plant(1, {**STANDING, EC2: ec2, IAM: [ROLE_NOW], denied: Reason.ROLE_DENIED})
    with explored(planted.folder, tmp_path_factory.mktemp("index")) as each:
        yield each


@dataclass
class Visit:
    """A browser that was let in."""

    page: Page
    home: str
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        self.page.goto(f"{self.home}{path}")
        return self.page

    @property
    def text(self) -> str:
        return self.page.locator("main").inner_text()


Visiting = Callable[..., Visit]


@pytest.fixture
def visit(browser: Browser, standing: Explored) -> Iterator[Visiting]:
    """Let a browser in; `options` are those of its context."""
    with standing.served() as gate:
        contexts = []

        def visit(**options: Any) -> Visit:
            context = browser.new_context(**{"viewport": WIDE, **options})
            contexts.append(context)
            visited = Visit(context.new_page(), f"http://127.0.0.1:{gate.port}")
            visited.page.on("request", lambda request: visited.asked.append(request.url))
            visited.page.on("console", lambda message: visited.complaints.append(message.text))
            visited.page.on("pageerror", lambda error: visited.complaints.append(str(error)))
            visited.page.on("dialog", lambda dialog: visited.complaints.append(dialog.message))
            visited.go(f"/?token={gate.token}")
            return visited

        yield visit
        for context in contexts:
            context.close()


with_and_without_script = pytest.mark.parametrize("script", [True, False], ids=["script", "none"])


@with_and_without_script
def test_who_owns_this_address(visit: Visiting, script: bool) -> None:
    here = visit(java_script_enabled=script)
    here.page.locator("#q").fill(ADDRESS)
    here.page.keyboard.press("Enter")
    here.page.locator("main a.row").click()
    assert "payments" in here.text
    assert ACCOUNT in here.text
    assert here.page.title().startswith("eni-1")


@with_and_without_script
def test_what_uses_this_key(visit: Visiting, script: bool) -> None:
    here = visit(java_script_enabled=script)
    here.page.locator("#q").fill(KEYS[0].resource_id)
    here.page.keyboard.press("Enter")
    here.page.locator("main a.row").first.click()
    assert "vol-encrypted" in here.text.partition("Used by")[2]


@with_and_without_script
def test_what_changed_in_this_account_last_week(visit: Visiting, script: bool) -> None:
    here = visit(java_script_enabled=script)
    here.page.get_by_text("What changed this week?").click()
    here.page.get_by_label("Account").fill(ACCOUNT)
    here.page.get_by_role("button", name="Show").click()
    assert "deployer" in here.text
    assert "in the last 7 days" in here.text
    here.page.locator("main a.row", has_text="deployer").click()
    assert "/new/" in here.text


@with_and_without_script
def test_which_accounts_are_blind_spots(visit: Visiting, script: bool) -> None:
    here = visit(java_script_enabled=script)
    here.page.get_by_text("Which accounts are blind spots?").click()
    assert OTHER in here.text
    assert "ROLE_DENIED" in here.text
    assert "Deploy member-account/template.yaml" in here.text


def test_everybody_can_read_every_page(visit: Visiting) -> None:
    here = visit(bypass_csp=True)
    for path in PAGES:
        here.go(path)
        here.page.evaluate(OPENED)
        here.page.evaluate(AXE.read_text())
        for scheme, rules in RULES.items():
            here.page.emulate_media(color_scheme=scheme)
            found = here.page.evaluate(f"axe.run({rules}).then((each) => each.violations)")
            told = [(path, scheme, each["id"], each["nodes"][0]["html"]) for each in found]
            assert told == []


def test_nothing_runs_and_nothing_is_asked_of_any_network(visit: Visiting) -> None:
    here = visit()
    for path in PAGES:
        here.go(path)
        here.page.mouse.move(600, 500)
    assert {url.partition("/")[2].lstrip("/").split(":")[0] for url in here.asked} == {"127.0.0.1"}
    refused = "Failed to load resource: the server responded with a status of 404 (Not Found)"
    assert {*here.complaints} <= {refused}


def test_a_narrow_screen_shows_everything_without_moving_sideways(visit: Visiting) -> None:
    here = visit(viewport=NARROW)
    for path in PAGES:
        here.go(path).evaluate(OPENED)
        width = here.page.evaluate("document.documentElement.scrollWidth")
        assert (path, width) == (path, NARROW["width"])


def test_the_keyboard_is_enough(visit: Visiting) -> None:
    here = visit()
    press = here.page.keyboard.press
    press("/")
    here.page.keyboard.type("type:bucket open")
    press("Enter")
    here.page.wait_for_url("**/resources?**")
    press("j")
    press("j")
    press("k")
    name = here.page.evaluate("document.activeElement.textContent")
    press("Enter")
    here.page.wait_for_url("**/r/**")
    assert here.page.locator("h1").inner_text() == name
    press("?")
    assert here.page.locator("dialog").is_visible()
    press("Escape")
    for key, place in (("b", "**/coverage?**"), ("c", "**/changes"), ("r", "**/resources")):
        press("g")
        press(key)
        here.page.wait_for_url(place)


def test_sql_runs_when_a_person_presses_run(visit: Visiting) -> None:
    here = visit()
    here.go("/sql?q=SELECT+6*7+AS+answer")
    assert "has not run" in here.text
    here.page.get_by_role("button", name="Run").click()
    assert here.page.locator("main td").inner_text() == "42"


def test_on_paper_there_is_only_the_answer(visit: Visiting) -> None:
    here = visit()
    here.go("/resources?type=bucket")
    here.page.emulate_media(media="print")
    assert here.page.locator("main table").is_visible()
    for hidden in (".top", "aside", ".tools"):
        assert not here.page.locator(hidden).is_visible()
