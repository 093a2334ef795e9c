"""Comparing what was listed with what the inventory table knows."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Self

from cidb2.item import Change, statement
from cidb2.resource import Resource

MASS_DELETION_COUNT = 20
"""Up to so many resources may go from a scope at once, whatever their share."""

_DIGEST_BYTES = 8


@dataclass(frozen=True, slots=True)
class Known:
    """Digests of what the scope index holds of an item: its content hash, and its statement."""

    content: int
    statement: int

    @classmethod
    def of(cls, content_hash: str, unreadable: Mapping[str, str]) -> Self:
        return cls(digest(content_hash), digest(statement(content_hash, unreadable)))


def change_of(resource: Resource, known: Known | None) -> Change:
    """Return how `resource` compares with what the table knows of it."""
    if known is None:
        return Change.CREATED
    is_same = known.content == digest(resource.content_hash)
    return Change.UNCHANGED if is_same else Change.CHANGED


def is_news(resource: Resource, known: Known | None) -> bool:
    """Tell whether the table would hold something else after storing `resource`."""
    return known != Known.of(resource.content_hash, resource.unreadable_codes)


def missing(known: Iterable[str], seen: Collection[int]) -> list[str]:
    """Return the ARNs that the table knows and a complete listing did not show, in order."""
    return sorted(arn for arn in known if digest(arn) not in seen)


def is_suspicious(known_count: int, missing_count: int) -> bool:
    """Tell whether so many deletions look like a fault rather than like the truth.

    More than half of the scope's known items, and more than `MASS_DELETION_COUNT`.
    """
    return missing_count > MASS_DELETION_COUNT and missing_count * 2 > known_count


def digest(text: str) -> int:
    """Return 64 bits, never all 0, that stand for a text, so that a large scope stays small.

    Two ARNs of one scope share them with a chance of 3 in 10^10 at 100,000; the cost would be
    one deletion that is not noticed, never a false one. A resource and what it was before share
    them with a chance of 5 in 10^20; the cost would be one change that is not noticed.
    """
    return int.from_bytes(blake2b(text.encode(), digest_size=_DIGEST_BYTES).digest()) or 1
