"""The services and listings that an execution input selects by `services` and `types`."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from cidb2.errors import InvalidInputError
from cidb2.services import SERVICES
from cidb2.types.catalog import SERVICE_OF, TYPES
from cidb2.validation import check


def check_input(given: Any) -> None:
    """Raise InvalidInputError, which names the field, if `given` is no valid execution input."""
    check("execution-input", given, "input")
    for number, name in enumerate(given.get("types", ())):
        _check_type(f"types[{number}]", name, given.get("services", SERVICES))


def selected_services(given: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the services of an execution input: by default those of its types, or all."""
    named = given.get("services") or [SERVICE_OF[name] for name in given.get("types", ())]
    return tuple(service for service in SERVICES if service in (named or SERVICES))


@cache
def selected_listings(service: str, types: tuple[str, ...]) -> frozenset[str]:
    """Return the names of the listings of a service that a run of these types collects.

    A listing that returns one of them is collected with all its types. A service without any of
    them is collected in full.
    """
    declared = TYPES[service].values()
    selected = [each for each in declared if each.type in types] or declared
    return frozenset(each.listing.name for each in selected)


def is_narrowed(service: str, types: tuple[str, ...]) -> bool:
    """Tell whether a run of these types leaves out listings of a service."""
    return selected_listings(service, types) != selected_listings(service, ())


def _check_type(field: str, name: str, services: Collection[str]) -> None:
    if name not in SERVICE_OF:
        raise InvalidInputError(
            field, f"{name!r} is not a collected type (allowed: types such as {_alike(name)})"
        )
    if SERVICE_OF[name] not in services:
        raise InvalidInputError(
            field,
            f"{name} is a type of {SERVICE_OF[name]}, which `services` does not name "
            f"(allowed: types of {', '.join(services)})",
        )


def _alike(name: str) -> str:
    """Return the type whose name, or its last part, is most like `name`, in whatever case."""
    known = {
        part.casefold(): each
        for each in reversed([*SERVICE_OF])
        for part in (each, each.rpartition("::")[2])
    }
    [alike] = get_close_matches(name.casefold(), known, n=1, cutoff=0)
    return known[alike]
