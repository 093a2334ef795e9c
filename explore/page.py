"""Formats values as HTML: escaped, visible, and with the address of what they name."""

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
    """Return a value as a template prints it, with control characters of text made visible."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(value, keep="\n\t")
    return "" if value is None else value


def number(value: int | None) -> str:
    """Return a number with thousands separators."""
    return f"{value or 0:,}"


def share(value: float, of: float) -> str:
    """Return the width of a bar, of 100, for an attribute of SVG."""
    return f"{100 * value / of:.1f}" if of else "0"


def moment(text: str | None) -> str:
    """Return a time of the lake in UTC; what is no time stays as it is."""
    then = _time(text)
    return then.strftime("%-d %b %Y, %H:%M") if then else text or ""


def ago(text: str | None) -> str:
    """Return how long ago a time of the lake was, in its largest unit."""
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
    """Return a type as people read it: `EC2 Volume`."""
    return resource_type.removeprefix("AWS::").replace("::", " ")


def advice(reason: str) -> str:
    """Return what to do about a reason; nothing for one of another release."""
    return {each.value: text for each, text in ADVICE.items()}.get(reason, "")


def page_of(arn: str) -> str:
    """Return the path of a resource's page: the ARN is one segment, whatever is in it."""
    return f"/r/{quote(arn, safe=':')}"


def readable(text: Any) -> str:
    """Return JSON of the lake, or a value, indented; letters of every alphabet as they are."""
    return json.dumps(parsed(text), indent=2, ensure_ascii=False, default=str)


def parsed(text: Any) -> Any:
    """Return what a text of JSON holds; what is none as it is."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def mapping(text: Any) -> Mapping[str, Any]:
    """Return the object that a text of JSON holds, an empty one if it holds another thing."""
    found = parsed(text)
    return found if isinstance(found, Mapping) else {}
