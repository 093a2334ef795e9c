"""Formats values for templates: escaped, with invisible characters shown, and with links."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cidb2.ledger.runbook import ADVICE
from cidb2.services import TITLES
from cidb2.times import now, parse
from cidb2.visible import visible

HERE = Path(__file__).parent
MINUTES, HOUR, DAY = 60, 3600, 86400
LONGEST_PAGE_NUMBER = 6
"""Digits."""


@cache
def environment() -> Environment:
    """Return the template environment, which escapes all output and makes it visible."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        finalize=_finished,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    made.filters |= {
        "number": number,
        "moment": moment,
        "ago": ago,
        "kind": kind,
        "service": lambda service: TITLES.get(service, service),
        "advice": advice,
        "readable": readable,
        "page_of": page_of,
        "share": share,
    }
    return made


def _finished(value: Any) -> Any:
    """Return a value for printing, with control characters of text made visible."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(value, keep="\n\t")
    return "" if value is None else value


def number(value: int | None) -> str:
    """Return a number with thousands separators."""
    return f"{value or 0:,}"


def page_number(text: str) -> int:
    """Return the page number in a URL; 1 if it is not a number."""
    return max(1, int(text)) if text.isdecimal() and len(text) <= LONGEST_PAGE_NUMBER else 1


def share(value: float, of: float) -> str:
    """Return a bar's width in percent, for an SVG attribute."""
    return f"{100 * value / of:.1f}" if of else "0"


def moment(text: str | None) -> str:
    """Return a time in UTC; text that is not a time is returned unchanged."""
    then = _time(text)
    return then.strftime("%-d %b %Y, %H:%M") if then else text or ""


def ago(text: str | None) -> str:
    """Return the age of a time in its largest unit."""
    then = _time(text)
    if then is None:
        return "never"
    seconds = (now() - then).total_seconds()
    for unit, length in (("d", DAY), ("h", HOUR)):
        if seconds >= 2 * length:
            return f"{seconds // length:.0f} {unit} ago"
    return f"{max(seconds, 0) // MINUTES:.0f} min ago"


def _time(text: str | None) -> datetime | None:
    try:
        return parse(text) if text else None
    except ValueError:
        return None


def kind(resource_type: str) -> str:
    """Return a type's display name: `EC2 Volume`."""
    return resource_type.removeprefix("AWS::").replace("::", " ")


def advice(reason: str) -> str:
    """Return the advice for a reason; empty for an unknown one, as from another release."""
    return {each.value: text for each, text in ADVICE.items()}.get(reason, "")


def page_of(arn: str) -> str:
    """Return the path of a resource's page. The ARN is one segment, whatever characters it has."""
    return f"/r/{quote(arn, safe=':')}"


def readable(text: Any) -> str:
    """Return JSON text or a value as indented JSON, without escaping non-ASCII letters."""
    return json.dumps(parsed(text), indent=2, ensure_ascii=False, default=str)


def parsed(text: Any) -> Any:
    """Return the parsed JSON; text that is not JSON is returned unchanged."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def mapping(text: Any) -> Mapping[str, Any]:
    """Return the parsed JSON object; an empty one for any other value."""
    found = parsed(text)
    return found if isinstance(found, Mapping) else {}
