"""Makes external text safe to display in the report, in mail and on a terminal.

Names and tags may contain any Unicode. Characters that control a terminal, change the direction of
text or are invisible are replaced by their code point: `exe‹U+202E›gnp`.
"""

import re

_UNSEEN = re.compile(
    "["
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"  # marks and letters without a glyph
    "\ufe00-\ufe0f\U000e0100-\U000e01ef"  # variation selectors
    "]"
)
"""Characters that Unicode calls default ignorable, but are neither control nor format
(https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt)."""


def visible(text: str, keep: str = "") -> str:
    """Return a text in which all characters but plain ones and `keep` are replaced.

    Plain characters are those that str.isprintable accepts (no control, format (Cf), surrogate,
    separator, private-use or unassigned ones) and that have a glyph.
    """
    if text.isprintable() and not _UNSEEN.search(text):
        return text
    return "".join(one if one in keep or _is_plain(one) else _number(one) for one in text)


def _is_plain(character: str) -> bool:
    return character.isprintable() and not _UNSEEN.match(character)


def _number(character: str) -> str:
    return f"‹U+{ord(character):04X}›"
