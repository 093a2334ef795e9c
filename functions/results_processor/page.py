"""Formats values as HTML: escaped, safe and readable."""

import hashlib
from base64 import b64encode
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cidb2.design import DESIGN
from cidb2.services import TITLES, collector_title
from cidb2.times import parse
from cidb2.visible import visible

TEMPLATES = Path(__file__).with_name("templates")
MINUTE, HOUR = 60, 3600
SMALLEST, LARGE = 0.0001, 10


@cache
def environment() -> Environment:
    """Return the template environment, which escapes all output and makes it visible."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=_finished,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    made.filters |= {
        "number": number,
        "duration": duration,
        "moment": moment,
        "money": money,
        "shown": shown,
        "service": TITLES.__getitem__,
        "collector": collector_title,
    }
    style = DESIGN.read_text(encoding="utf-8") + _text_of("report.css")
    made.globals |= {"style": Inlined(style), "script": Inlined(_text_of("report.js"))}
    return made


def _finished(value: Any) -> Any:
    """Return a value as a template prints it, with control characters of text made visible."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(value, keep="\n\t")
    return value


def number(value: int) -> str:
    """Return a number with thousands separators."""
    return f"{value:,}"


def money(amount: float) -> str:
    """Return an amount of money; small amounts have more decimals."""
    if 0 < amount < SMALLEST:
        return f"< {SMALLEST}"
    return f"{amount:,.2f}" if amount >= LARGE else f"{amount:.4f}"


def shown(value: Any, form: str) -> str:
    """Return a value in the format of a trend panel."""
    return {"number": number, "duration": duration, "money": money}[form](value)


def duration(seconds: float) -> str:
    """Return a time span in its two largest units."""
    if seconds < MINUTE:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE:02} s"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE:02} min"


def moment(text: str | datetime, form: str = "%-d %b %Y, %H:%M:%S") -> str:
    """Return a time of the ledger, always in UTC."""
    return (parse(text) if isinstance(text, str) else text).strftime(form)


class Inlined:
    """A style sheet or script, with the hash by which the page's policy allows it."""

    def __init__(self, text: str) -> None:
        self.text = Markup(text)  # noqa: S704 - a file of the package, not data
        digest = hashlib.sha256(text.encode()).digest()
        self.source = f"'sha256-{b64encode(digest).decode()}'"


def _text_of(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")
