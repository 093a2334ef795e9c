"""What the report must never do: run what a name brings, ask a network, shut anybody out."""

from typing import Any, Literal

import pytest

from tests.browser.conftest import AXE, RULES, Show
from tests.support.reports import a_report

HOSTILE = (
    "<script>alert('script')</script>",
    "</script><script>alert('end of script')</script>",
    "</style></title></table><img src=x onerror=alert('image')>",
    "\"' onmouseover=alert('attribute') autofocus onfocus=alert('focus') x='",
    "javascript:alert('link')",
    "{{ 7 * 7 }}{% include 'head.html' %}${7 * 7}",
    "&lt;script&gt;alert('entity')&lt;/script&gt;",
    "https://example.com/pixel.png url(https://example.com/style)",
)
ACTING = (
    "\x1b[31mred\x1b[0m",
    "photo\u202egnp.exe",
    "\u2067turned",
    "👩🏽\u200d💻",
    "\x00nothing",
    "\U000e0041",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_name_or_aws_says_is_shown_and_not_run(show: Show, name: str) -> None:
    shown = show(a_report(30, name=name, words=name, earlier=2).html)
    shown.page.locator("summary").first.click()
    shown.header("changed", "Name").click()
    shown.page.mouse.move(600, 700)
    assert shown.complaints == []
    assert {*shown.texts("changed", 3)} == {name}
    assert {*shown.texts("accounts", 2)} == {name}
    assert shown.page.locator("blockquote").first.inner_text().endswith(name)
    assert shown.page.locator("script, img, iframe, object").count() == 1  # the page's own script
    assert all(url.startswith(("file:", "data:")) for url in shown.asked)


@pytest.mark.parametrize("name", ACTING)
def test_what_acts_instead_of_showing_is_written_out(show: Show, name: str) -> None:
    shown = show(a_report(3, name=name, words=name).html)
    text = shown.page.locator("body").inner_text()
    [acting, *_] = [each for each in name if not each.isprintable()]
    assert f"‹U+{ord(acting):04X}›" in text
    assert acting not in text


@pytest.mark.parametrize("name", ["عائشة حسن", "山田 太郎", "👩🏽 by hand", "𝒜𠜎𐍈", "x" * 2_000])
def test_names_in_any_script_and_of_any_length_stay_as_they_are(show: Show, name: str) -> None:
    shown = show(a_report(5, name=name).html)
    assert {*shown.texts("accounts", 2)} == {name}
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= 1320


def test_nothing_is_asked_of_any_network(show: Show, many: str) -> None:
    shown = show(many)
    shown.header("accounts", "Findings").click()
    shown.page.wait_for_load_state("networkidle")
    assert [url for url in shown.asked if not url.startswith(("file:", "data:"))] == []
    assert shown.complaints == []
    followed_on_a_click = many.replace('<a href="https://docs.aws.amazon.com/', "")
    assert "http:" not in followed_on_a_click
    assert "https:" not in followed_on_a_click


def test_the_page_forbids_itself_what_it_does_not_need(show: Show, few: str) -> None:
    shown = show(few)
    shown.page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
            document.body.setAttribute("style", "color: red");
            return fetch("https://example.com/").catch(() => {});
        }"""
    )
    assert shown.page.evaluate("window.ran") is None
    told = " ".join(shown.complaints)
    assert all(part in told for part in ("script-src", "style-src", "connect-src"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["few", "some", "failed"])
def test_everybody_can_read_it(
    show: Show, request: pytest.FixtureRequest, kind: str, scheme: Literal["light", "dark"]
) -> None:
    """axe-core's rules of WCAG 2.2 AA and of good practice, contrast among them."""
    html = a_report(4, denied=True).html if kind == "failed" else request.getfixturevalue(kind)
    shown = show(html, color_scheme=scheme, bypass_csp=True)
    shown.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    shown.page.add_script_tag(path=AXE)
    found: dict[str, Any] = shown.page.evaluate(f"axe.run({RULES[scheme]})")
    told = [
        (each["id"], each["help"], each["nodes"][0]["target"], each["nodes"][0]["failureSummary"])
        for each in found["violations"]
    ]
    assert told == []


def test_headings_follow_one_another_and_each_table_says_what_it_is(show: Show, some: str) -> None:
    page = show(some).page
    assert page.locator("h1").count() == 1
    assert page.locator("h2").count() == page.locator("section").count()
    assert page.locator("table").count() == page.locator("table > caption").count()
    assert page.locator("th:not([scope])").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_light_or_dark_as_the_reader_likes(
    show: Show, few: str, scheme: Literal["light", "dark"]
) -> None:
    shown = show(few, color_scheme=scheme)
    colour = shown.page.evaluate("getComputedStyle(document.body).backgroundColor")
    brightness = int(colour.removeprefix("rgb(").split(",")[0])
    assert (brightness > 200) == (scheme == "light")
