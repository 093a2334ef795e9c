"""Finding resources: the least reading that answers, and whether a resource is what is sought."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import chain
from typing import Any

from cidb2.items.inventory import Inventory, Otherwise
from cidb2.items.item import Item
from cidb2.items.rows import type_of
from cidb2.services import SERVICES
from cidb2.types.catalog import SERVICE_OF

ALL_TYPES = (*SERVICE_OF,)


@dataclass(frozen=True)
class Wanted:
    """What is sought; what is None or empty does not matter.

    `name` is part of a name, or all of it with `*` and `?`; upper and lower case are alike. `tags`
    are keys with the value that they must have, None for any.
    """

    types: Sequence[str] = ()
    account: str | None = None
    region: str | None = None
    name: str | None = None
    tags: Mapping[str, str | None] | None = None

    def matches(self, found: Mapping[str, Any]) -> bool:
        """Tell whether a resource, as `find` yields it, is one of those."""
        return (
            (not self.types or found["resourceType"] in self.types)
            and self.account in (None, found["accountId"])
            and self.region in (None, found["awsRegion"])
            and self._has_name(found["resourceName"] or "")
            and self._has_tags(found["tags"] or {})
        )

    def _has_name(self, name: str) -> bool:
        if self.name is None:
            return True
        pattern = self.name.casefold().replace("[", "[[]")
        if not set(pattern) & set("*?"):
            pattern = f"*{pattern}*"
        return fnmatchcase(name.casefold(), pattern)

    def _has_tags(self, tags: Mapping[str, str]) -> bool:
        return all(
            key in tags and value in (None, tags[key]) for key, value in (self.tags or {}).items()
        )


def types_named(name: str) -> Sequence[str]:
    """Return the types that a name is, or is the end of, in whatever case."""
    wanted = name.casefold()
    return [
        each
        for each in ALL_TYPES
        if each.casefold() == wanted or each.casefold().endswith(f"::{wanted}")
    ]


def find(inventory: Inventory, wanted: Wanted, otherwise: Otherwise) -> list[dict[str, Any]]:
    """Return the living resources that are wanted, by type, account, region and name.

    With an account its scopes are read and then its items; without one the type index alone, and
    items only where the index does not have the tags that matter. `otherwise` is told of rows that
    are of no use.
    """
    of = _of_account if wanted.account else _of_types
    found = of(inventory, wanted, otherwise)
    return sorted(
        filter(wanted.matches, found),
        key=lambda one: (
            *(one["resourceType"], one["accountId"], one["awsRegion"]),
            *(one["resourceName"] or "", one["arn"]),
        ),
    )


def _of_account(
    inventory: Inventory, wanted: Wanted, otherwise: Otherwise
) -> Iterator[dict[str, Any]]:
    services = {SERVICE_OF[each]: None for each in wanted.types} or SERVICES
    for service in services:
        known = inventory.known(wanted.account or "", service)
        listings = (listing for region in known.values() for listing in region.values())
        arns = (arn for listing in listings for arn in listing)
        yield from _items(inventory, arns, wanted, otherwise)


def _of_types(
    inventory: Inventory, wanted: Wanted, otherwise: Otherwise
) -> Iterator[dict[str, Any]]:
    untold = []
    wanted_types = chain.from_iterable(map(inventory.of_type, wanted.types))
    for row in wanted_types if wanted.types else inventory.of_every_type():
        one = {
            "resourceType": type_of(row["typeKey"]),
            "accountId": row["accountId"],
            "awsRegion": row["awsRegion"],
            "resourceName": row.get("resourceName"),
            "arn": row["pk"],
            "tags": row.get("tags"),
        }
        if one["tags"] is None and wanted.tags:
            untold.append(one["arn"])
        else:
            yield one
    yield from _items(inventory, untold, wanted, otherwise)


def _items(
    inventory: Inventory, arns: Iterable[str], wanted: Wanted, otherwise: Otherwise
) -> Iterator[dict[str, Any]]:
    """Yield items as they are found; the large ones are fetched whole where their tags matter."""
    for item in inventory.items(arns, whole=bool(wanted.tags), otherwise=otherwise):
        yield _shown(item)


def _shown(item: Item) -> dict[str, Any]:
    return {
        "resourceType": item["resourceType"],
        "accountId": item["accountId"],
        "awsRegion": item["awsRegion"],
        "resourceName": item["resourceName"],
        "arn": item["arn"],
        "tags": item.get("tags"),
    }
