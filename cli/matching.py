"""Matches names and tags with the user's criteria."""

from collections.abc import Mapping
from fnmatch import fnmatchcase

import typer


def matches_name(wanted: str | None, name: str) -> bool:
    """Return whether a name contains the wanted text, or matches it as a pattern with `*` and `?`.

    Ignores case; None matches every name.
    """
    if wanted is None:
        return True
    pattern = wanted.casefold().replace("[", "[[]")
    if not set(pattern) & set("*?"):
        pattern = f"*{pattern}*"
    return fnmatchcase(name.casefold(), pattern)


def has_tags(wanted: Mapping[str, str | None] | None, tags: Mapping[str, str]) -> bool:
    """Return whether all wanted keys exist with their values; None matches any value."""
    return all(key in tags and value in (None, tags[key]) for key, value in (wanted or {}).items())


def tag_of(text: str) -> tuple[str, str | None]:
    """Return the key and value of KEY=VALUE; the value is None for KEY alone."""
    key, equals, value = text.partition("=")
    if not key:
        raise typer.BadParameter("use KEY=VALUE, or KEY for any value")
    return key, value if equals else None
