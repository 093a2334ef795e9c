"""Makes external text safe to print: without terminal control sequences."""

import json
from typing import Any

from cidb2.visible import visible


def paragraphs(text: str) -> str:
    """Return external text made safe for a terminal, with its line breaks."""
    return visible(text, keep="\n")


def readable(document: Any, *, indent: int | None = None) -> str:
    """Return JSON for people: all alphabets unescaped, unprintable characters escaped."""
    return paragraphs(json.dumps(document, ensure_ascii=False, indent=indent, default=str))


def to_json(document: Any) -> str:
    """Return JSON for pipes, in ASCII only, which is also safe on a terminal."""
    return json.dumps(document, indent=2, default=str).replace("\x7f", "\\u007f")
