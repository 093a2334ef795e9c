"""Whether a name or tags are those that a person asks for."""

from collections.abc import Mapping
from fnmatch import fnmatchcase

import typer


def matches_name(wanted: str | None, name: str) -> bool:
    """Return whether a name contains what is wanted, or all of it matches with `*` and `?`.

    Upper and lower case are alike; every name matches None.
    """
    if wanted is None:
        return True
    pattern = wanted.casefold().replace("[", "[[]")
    if not set(pattern) & set("*?"):
        pattern = f"*{pattern}*"
    return fnmatchcase(name.casefold(), pattern)


def has_tags(wanted: Mapping[str, str | None] | None, tags: Mapping[str, str]) -> bool:
    """Return whether all wanted keys are there with their values, None for any value."""
    return all(key in tags and value in (None, tags[key]) for key, value in (wanted or {}).items())


def tag_of(text: str) -> tuple[str, str | None]:
    """Return the key and the value of KEY=VALUE, of KEY alone None."""
    key, equals, value = text.partition("=")
    if not key:
        raise typer.BadParameter("use KEY=VALUE, or KEY for any value")
    return key, value if equals else None
