"""Text that every reader of the inventory can represent."""

import re

_SURROGATES = re.compile("[\ud800-\udfff]")


def valid_text(text: str) -> str:
    """Return text that UTF-8 can represent: lone surrogates become their JSON escapes."""
    if text.isascii():
        return text
    return _SURROGATES.sub(lambda half: f"\\u{ord(half[0]):x}", text)
