"""Judges content of any shape, written by accounts; an unexpected shape is unknown."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from cidb2.items.findings.verdicts import Verdict, or_
from cidb2.items.resource import CONFIGURATION, Resource, supplement
from cidb2.times import parse
from cidb2.types.paths import at


def ask(
    resource: Resource,
    name: str,
    question: Callable[[Mapping[str, Any]], Verdict],
    *,
    not_configured: Verdict = False,
) -> Verdict:
    """Judge a field of supplementaryConfiguration; `not_configured` is the verdict if it is null.

    The verdict is unknown if the field could not be read (an earlier value does not count for
    today), or if AWS's answer lacks a member.
    """
    return ask_any(
        resource,
        name,
        lambda value: question(value) if isinstance(value, Mapping) else None,
        not_configured=not_configured,
    )


def ask_any(
    resource: Resource,
    name: str,
    question: Callable[[Any], Verdict],
    *,
    not_configured: Verdict = None,
) -> Verdict:
    """Judge a field of supplementaryConfiguration that is not a structure, such as a list."""
    if supplement(name) in resource.unreadable:
        return None
    value = resource.supplementary.get(name)
    return not_configured if value is None else question(value)


def is_readable(resource: Resource, path: str = "") -> bool:
    """Tell whether the configuration was read, and the member in it at the start of a path."""
    name = path.partition(".")[0]
    return not {CONFIGURATION, f"{CONFIGURATION}.{name}"} & resource.unreadable.keys()


def member(resource: Resource, path: str) -> Any:
    """Return what the configuration has at a path; None if it is missing or was not read."""
    return at(path, resource.configuration) if is_readable(resource, path) else None


def any_entry(judge: Callable[[Any], Verdict], value: Any) -> Verdict:
    """Judge each entry of a list; IAM also accepts a single entry without a list."""
    return or_(*map(judge, listed(value)))


def matches(pattern: re.Pattern[str], value: Any) -> Verdict:
    """Tell whether any of several texts matches; unknown if a value is not text."""
    return any_entry(
        lambda one: bool(pattern.fullmatch(one)) if isinstance(one, str) else None, value
    )


def flag(value: Any) -> Verdict:
    return value if isinstance(value, bool) else None


def is_before(moment: Any, limit: datetime) -> Verdict:
    """Tell whether a moment, as text, is before a limit; unknown if it is no time with a zone."""
    try:
        return parse(moment) < limit
    except (TypeError, ValueError):
        return None


def mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def listed(value: Any) -> Collection[Any]:
    return (
        value if isinstance(value, Collection) and not isinstance(value, str | Mapping) else [value]
    )
