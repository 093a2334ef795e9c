"""What a person sees of the report: sorted, filtered, with the keyboard, on paper."""

import pytest

from cidb2.services import COLLECTORS
from tests.browser.conftest import Show, Shown

RESOURCES = 3 + len(COLLECTORS)
REASON = 9 + len(COLLECTORS)
"""Columns of the accounts' table, in which each collector has one after the id and the name."""


def figures_of(shown: Shown) -> list[int]:
    """Return the resources of each account as they are shown."""
    return [int(text.replace(",", "")) for text in shown.texts("accounts", RESOURCES)]


def test_a_click_sorts_a_column_of_figures_and_the_next_one_turns_it_round(
    show: Show, few: str
) -> None:
    shown = show(few)
    resources = shown.header("accounts", "Resources")
    resources.click()
    figures = figures_of(shown)
    assert figures == sorted(figures, reverse=True)
    assert figures[0] > figures[-1]
    column = shown.page.locator("#accounts th", has_text="Resources").first
    assert column.get_attribute("aria-sort") == "descending"
    resources.click()
    assert figures_of(shown) == figures[::-1]
    assert column.get_attribute("aria-sort") == "ascending"


def test_words_are_sorted_from_a_to_z_and_only_one_column_is_sorted(show: Show, few: str) -> None:
    shown = show(few)
    shown.header("accounts", "KMS").click()
    shown.header("accounts", "Name").click()
    names = shown.texts("accounts", 2)
    assert names == sorted(names)
    assert shown.page.locator("#accounts th[aria-sort]").count() == 1
    assert shown.page.locator("#live").text_content() == "Sorted by Name, ascending"


def test_collectors_are_sorted_by_how_whole_they_are(show: Show, many: str) -> None:
    shown = show(many)
    shown.header("accounts", "KMS").click()
    shares = [
        int(complete) / int(scopes)
        for complete, scopes in (text.split("/") for text in shown.texts("accounts", 4))
    ]
    assert shares == sorted(shares, reverse=True)
    assert min(shares) == 0
    assert max(shares) == 1


def test_a_filter_leaves_the_rows_that_have_all_its_words(show: Show, many: str) -> None:
    shown = show(many)
    words = shown.page.locator(".filter[data-table=accounts] input[type=search]")
    words.fill("role_denied SEARCH")
    accounts, reasons = shown.texts("accounts", 2), shown.texts("accounts", REASON)
    assert accounts
    assert all(name.startswith("search") for name in accounts)
    assert {*reasons} == {"ROLE_DENIED"}
    told = shown.page.locator(".filter[data-table=accounts] output").text_content()
    assert told == f"{len(accounts)} of 200 shown"
    words.fill("there is no such account")
    assert shown.texts("accounts", 2) == []
    words.press("Escape")
    assert len(shown.texts("accounts", 2)) == 200


def test_only_the_accounts_that_are_not_whole_can_be_shown(show: Show, many: str) -> None:
    shown = show(many)
    shown.page.get_by_label("only incomplete accounts").check()
    left = shown.texts("accounts", REASON)
    assert 0 < len(left) < 200
    assert all(left)


def test_a_filter_holds_when_the_table_is_sorted(show: Show, few: str) -> None:
    shown = show(few)
    shown.page.locator(".filter[data-table=accounts] input[type=search]").fill("role_denied")
    before = shown.texts("accounts", 1)
    shown.header("accounts", "Account").click()
    assert sorted(shown.texts("accounts", 1)) == sorted(before)


def test_everything_can_be_done_with_the_keyboard(show: Show, few: str) -> None:
    shown = show(few)
    keyboard, page = shown.page.keyboard, shown.page
    keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#coverage"
    reached = set()
    for _ in range(60):
        keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "document.activeElement.type || document.activeElement.tagName.toLowerCase()"
            )
        )
        if page.evaluate("document.activeElement.textContent") == "Resources":
            break
    assert {"search", "checkbox", "div", "button"} <= reached
    for key, order in (("Enter", "descending"), ("Space", "ascending")):
        keyboard.press(key)
        assert page.evaluate("document.activeElement.closest('th').ariaSort") == order


def test_the_map_has_each_account_and_leads_to_its_row(show: Show, many: str) -> None:
    shown = show(many)
    drawn = shown.page.locator("#map")
    box = drawn.bounding_box()
    assert box
    columns, pitch, line = (
        int(drawn.get_attribute(f"data-{name}") or 0) for name in ("columns", "pitch", "line")
    )
    shown.page.mouse.move(box["x"] + 2 * pitch + 3, box["y"] + line + 3)
    third_of_the_second_line = shown.texts("accounts", 1)[columns + 2]
    assert third_of_the_second_line in (shown.page.locator("#map-account").text_content() or "")
    shown.page.mouse.down()
    shown.page.mouse.up()
    assert shown.texts("accounts", 1, only="tr.aim") == [third_of_the_second_line]


def test_without_its_script_the_page_says_the_same(show: Show, few: str) -> None:
    shown, still = show(few), show(few, java_script_enabled=False)
    assert still.texts("accounts", 1) == shown.texts("accounts", 1)
    assert not still.page.locator(".filter").first.is_visible()
    assert shown.page.locator(".filter").first.is_visible()


def test_on_paper_whole_accounts_are_left_out_and_what_is_folded_is_open(
    show: Show, many: str
) -> None:
    shown = show(many)
    shown.page.emulate_media(media="print")
    shown.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert shown.page.locator("details:not([open])").count() == 0
    assert not shown.page.locator("#accounts tr.whole").first.is_visible()
    assert shown.page.locator("#accounts tbody tr:not(.whole)").first.is_visible()
    assert not shown.page.locator("nav").is_visible()
    assert shown.page.pdf().startswith(b"%PDF")
    shown.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert shown.page.locator("details[open]").count() == 0


@pytest.mark.parametrize("width", [360, 768, 1320, 2200])
def test_the_page_never_scrolls_sideways_as_a_whole(show: Show, many: str, width: int) -> None:
    shown = show(many, viewport={"width": width, "height": 900})
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= width
