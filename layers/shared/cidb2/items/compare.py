"""Compares what was listed with the inventory table."""

from collections.abc import Container, Iterable

from cidb2.items.item import Change, Item, statement
from cidb2.items.known import Known
from cidb2.items.resource import Resource

MASS_DELETION_COUNT = 20
"""Up to this many resources of a scope may be deleted at once, whatever their share."""


def change_of(resource: Resource, known: Known | None, item: Item | None = None) -> Change:
    """Return how `resource` compares with the table.

    `item` is the table's item if the hashes differ, which they may although nothing changed.
    """
    if known is None:
        return Change.CREATED
    is_same = known.has_content(resource.content_hash)
    if not is_same and item and "pointer" not in item:
        is_same = resource.is_as(item)
    return Change.UNCHANGED if is_same else Change.CHANGED


def is_news(resource: Resource, known: Known | None) -> bool:
    """Tell whether storing `resource` would change the table."""
    said = statement(resource.content_hash, resource.unreadable_codes)
    return known is None or not known.says(said)


def missing(known: Iterable[str], seen: Container[str]) -> list[str]:
    """Return the ARNs in the table that a complete listing did not contain, sorted."""
    return sorted(arn for arn in known if arn not in seen)


def is_suspicious(known_count: int, missing_count: int) -> bool:
    """Tell whether the number of deletions is so high that it suggests a fault.

    More than half of the scope's known items, and more than `MASS_DELETION_COUNT`.
    """
    return missing_count > MASS_DELETION_COUNT and missing_count * 2 > known_count
