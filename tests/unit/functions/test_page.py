"""Values become HTML that is escaped, harmless and easy to read."""

import base64
import hashlib

import pytest

from cidb2.design import DESIGN
from functions.results_processor.page import TEMPLATES, duration, environment, moment, money, number


def shown(value: object) -> str:
    return environment().from_string("{{ value }}").render(value=value)


@pytest.mark.parametrize(
    ("value", "html"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("\" onload='x'", "&#34; onload=&#39;x&#39;"),
        ("red \x1b[31m", "red ‹U+001B›[31m"),
        ("photo\u202egnp.exe", "photo‹U+202E›gnp.exe"),
        ("isolated \u2067 text \u2069", "isolated ‹U+2067› text ‹U+2069›"),
        ("nothing\x00 here\u200b", "nothing‹U+0000› here‹U+200B›"),
        ("half \ud83d", "half ‹U+D83D›"),
        ("hidden \U000e0041", "hidden ‹U+E0041›"),
        ("two\nlines\tand", "two\nlines\tand"),
        ("عائشة 山田 👩🏽 ñ", "عائشة 山田 👩🏽 ñ"),
        ("joined 👩🏽\u200d💻", "joined 👩🏽‹U+200D›💻"),
        (7, "7"),
    ],
)
def test_text_is_escaped_and_what_acts_is_written_out(value: object, html: str) -> None:
    assert shown(value) == html
    assert shown(value).encode()


def test_macros_are_not_escaped_twice_and_what_they_are_given_is() -> None:
    template = "{% macro bold(text) %}<b>{{ text }}</b>{% endmacro %}{{ bold('<i>\x1b') }}"
    assert environment().from_string(template).render() == "<b>&lt;i&gt;‹U+001B›</b>"


def test_attributes_cannot_be_left() -> None:
    template = environment().from_string('<p title="{{ value }}">')
    assert template.render(value='"><img src=x>') == '<p title="&#34;&gt;&lt;img src=x&gt;">'


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (9.96, "10.0 s"),
        (59.94, "59.9 s"),
        (60, "1 min 00 s"),
        (3599.6, "1 h 00 min"),
        (3_725, "1 h 02 min"),
        (90_061, "25 h 01 min"),
    ],
)
def test_a_time_span_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_figures_and_moments_are_as_people_write_them() -> None:
    assert number(1_234_567) == "1,234,567"
    amounts = ("0.0000", "< 0.0001", "0.0012", "1.0000", "1,234.57")
    assert [money(each) for each in (0, 0.00002, 0.00123, 1, 1_234.567)] == [*amounts]
    assert moment("2026-11-04T03:08:30.5Z") == "4 Nov 2026, 03:08:30"


@pytest.mark.parametrize("name", ["style", "script"])
def test_what_is_inlined_is_allowed_by_its_hash(name: str) -> None:
    inlined = environment().globals[name]
    files = {"style": [DESIGN, TEMPLATES / "report.css"], "script": [TEMPLATES / "report.js"]}[name]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).digest()
    assert inlined.source == f"'sha256-{base64.b64encode(digest).decode()}'"  # type: ignore[attr-defined]  # made here
    assert "</" not in inlined.text  # type: ignore[attr-defined]  # made here
