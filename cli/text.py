"""Text from outside as people may see it: nothing in it that a terminal would obey."""

import json
from typing import Any


def visible(text: str) -> str:
    """Return text from outside as a terminal may show it: what is no plain character is escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def paragraphs(text: str) -> str:
    """Return the same of a text that may have several lines."""
    return "\n".join(map(visible, text.split("\n")))


def readable(document: Any, *, indent: int | None = None) -> str:
    """Return JSON for people: letters of every alphabet as they are, what is none escaped."""
    return paragraphs(json.dumps(document, ensure_ascii=False, indent=indent, default=str))


def to_json(document: Any) -> str:
    """Return JSON for pipes, in ASCII alone: a terminal takes none of it amiss either."""
    return json.dumps(document, indent=2, default=str).replace("\x7f", "\\u007f")
