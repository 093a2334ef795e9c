"""Text from outside as people may see it, in the report, in mail and on a terminal.

Names and tags may hold any Unicode. What drives a terminal, turns the direction of text around,
or cannot be seen at all is written out as its number: `exe‹U+202E›gnp`.
"""

import re

_UNSEEN = re.compile(
    "["
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"  # marks and letters without a shape
    "\ufe00-\ufe0f\U000e0100-\U000e01ef"  # variation selectors
    "]"
)
"""What Unicode calls default ignorable, though it is neither control nor format
(https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt)."""


def visible(text: str, keep: str = "") -> str:
    """Return a text with every character written out that is no plain one, but those of `keep`.

    Plain is what str.isprintable accepts, and so neither control, format (Cf), half of a surrogate
    pair, separator, private nor unassigned, and what has a shape.
    """
    if text.isprintable() and not _UNSEEN.search(text):
        return text
    return "".join(one if one in keep or _is_plain(one) else _number(one) for one in text)


def _is_plain(character: str) -> bool:
    return character.isprintable() and not _UNSEEN.match(character)


def _number(character: str) -> str:
    return f"‹U+{ord(character):04X}›"
