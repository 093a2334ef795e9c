"""Text from outside as people may see it: nothing in it that a terminal would obey."""

import json
from typing import Any

from cidb2.visible import visible


def paragraphs(text: str) -> str:
    """Return a text from outside as a terminal may show it, on as many lines as it has."""
    return visible(text, keep="\n")


def readable(document: Any, *, indent: int | None = None) -> str:
    """Return JSON for people: letters of every alphabet as they are, what is none written out."""
    return paragraphs(json.dumps(document, ensure_ascii=False, indent=indent, default=str))


def to_json(document: Any) -> str:
    """Return JSON for pipes, in ASCII alone: a terminal takes none of it amiss either."""
    return json.dumps(document, indent=2, default=str).replace("\x7f", "\\u007f")
