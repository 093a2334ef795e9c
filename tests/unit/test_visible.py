"""Text from outside is seen as it is: nothing in it acts, and nothing in it hides."""

import sys
from unicodedata import category

import pytest

from cidb2.visible import visible
from functions.results_processor.page import environment

ACTING = ("Cc", "Cf", "Cs", "Zl", "Zp")
EVERY = [chr(number) for number in range(sys.maxunicode + 1)]


def test_every_control_and_format_character_is_written_out() -> None:
    acting = [each for each in EVERY if category(each) in ACTING]
    assert len(acting) > 2_200
    assert [each for each in acting if visible(each) != f"‹U+{ord(each):04X}›"] == []


def test_the_report_and_mail_write_the_same_ones_out() -> None:
    acting = "".join(each for each in EVERY if category(each) in ACTING)
    report = environment().from_string("{{ text }}")
    mail = environment().from_string("{% autoescape false %}{{ text }}{% endautoescape %}")
    for page in (report, mail):
        assert page.render(text=acting) == visible(acting, keep="\n\t")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("photo\u202egnp.exe", "photo‹U+202E›gnp.exe"),
        ("tag\U000e0041", "tag‹U+E0041›"),
        ("pass\u200bword", "pass‹U+200B›word"),
        ("a\xa0b", "a‹U+00A0›b"),
        ("Hangul\u3164filler", "Hangul‹U+3164›filler"),
        ("variant\ufe0f", "variant‹U+FE0F›"),
        ("two\nlines", "two‹U+000A›lines"),
        ("عائشة 山田 👩🏽 ñ e\u0301", "عائشة 山田 👩🏽 ñ e\u0301"),
    ],
)
def test_what_cannot_be_seen_is_told_by_its_number(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_lines_stay_where_there_may_be_several() -> None:
    assert visible("a\nb\tc\r", keep="\n\t") == "a\nb\tc‹U+000D›"
