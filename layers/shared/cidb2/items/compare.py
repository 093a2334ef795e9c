"""Comparing what was listed with what the inventory table knows."""

from collections.abc import Container, Iterable

from cidb2.items.item import Change, Item, statement
from cidb2.items.known import Known
from cidb2.items.resource import Resource

MASS_DELETION_COUNT = 20
"""Up to so many resources may go from a scope at once, whatever their share."""


def change_of(resource: Resource, known: Known | None, item: Item | None = None) -> Change:
    """Return how `resource` compares with what the table knows of it.

    `item` is the table's, where the hashes differ: they may do so without a change of the resource.
    """
    if known is None:
        return Change.CREATED
    is_same = known.has_content(resource.content_hash)
    if not is_same and item and "pointer" not in item:
        is_same = resource.is_as(item)
    return Change.UNCHANGED if is_same else Change.CHANGED


def is_news(resource: Resource, known: Known | None) -> bool:
    """Tell whether the table would hold something else after storing `resource`."""
    said = statement(resource.content_hash, resource.unreadable_codes)
    return known is None or not known.says(said)


def missing(known: Iterable[str], seen: Container[str]) -> list[str]:
    """Return the ARNs that the table knows and a complete listing did not show, in order."""
    return sorted(arn for arn in known if arn not in seen)


def is_suspicious(known_count: int, missing_count: int) -> bool:
    """Tell whether so many deletions look like a fault rather than like the truth.

    More than half of the scope's known items, and more than `MASS_DELETION_COUNT`.
    """
    return missing_count > MASS_DELETION_COUNT and missing_count * 2 > known_count
