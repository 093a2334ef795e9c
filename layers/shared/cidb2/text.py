"""Text that every reader of an inventory can hold."""

import re

_SURROGATES = re.compile("[\ud800-\udfff]")


def valid_text(text: str) -> str:
    """Return text that UTF-8 can hold: a lone surrogate is spelled out, as JSON escapes it."""
    if text.isascii():
        return text
    return _SURROGATES.sub(lambda half: f"\\u{ord(half[0]):x}", text)
