"""Finds resources with as few reads as possible."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from cidb2.items.inventory import Inventory, Otherwise
from cidb2.items.item import Item
from cidb2.items.rows import type_of
from cidb2.services import SERVICES
from cidb2.types.catalog import SERVICE_OF
from cli.matching import has_tags, matches_name

ALL_TYPES = (*SERVICE_OF,)


@dataclass(frozen=True)
class Wanted:
    """The search criteria; None or empty means any.

    `name` matches part of a name, or all of it with `*` and `?`, ignoring case. `tags` are keys
    with their required values, None for any. `accounts` are account ids.
    """

    types: Sequence[str] = ()
    account: str | None = None
    region: str | None = None
    name: str | None = None
    tags: Mapping[str, str | None] | None = None
    accounts: Collection[str] | None = None

    def matches(self, found: Mapping[str, Any]) -> bool:
        """Return whether a resource, in the form that `find` yields, matches."""
        return (
            (not self.types or found["resourceType"] in self.types)
            and self.account in (None, found["accountId"])
            and self.region in (None, found["awsRegion"])
            and (self.accounts is None or found["accountId"] in self.accounts)
            and matches_name(self.name, found["resourceName"] or "")
            and has_tags(self.tags, found["tags"] or {})
        )


def find(inventory: Inventory, wanted: Wanted, otherwise: Otherwise) -> list[dict[str, Any]]:
    """Return the matching current resources, sorted by type, account, region and name.

    With an account, its scopes and then their items are read. Without one, only the type index is
    read, and items only if the index lacks tags that the search needs. `otherwise` is called for
    unusable rows.
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
    """Yield items as read; large ones are fetched completely if the search needs tags."""
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
