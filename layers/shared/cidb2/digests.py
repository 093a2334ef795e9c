"""A set of 64-bit digests in 12 to 24 bytes each, where one of ints takes a hundred."""

from array import array
from collections.abc import Iterable, Iterator, Set

_FREE = 0
_FEWEST = 64


class Digests(Set[int]):
    """Numbers from 1 to 2^64 - 1, spread evenly as digests are, in one array.

    Each is at the place that its last bits name, or at the first free one after it.
    """

    def __init__(self, digests: Iterable[int] = ()) -> None:
        self._places = array("Q", [_FREE]) * _FEWEST
        self._count = 0
        self.update(digests)

    def add(self, digest: int) -> None:
        place = self._place(digest)
        if self._places[place] == _FREE:
            self._places[place] = digest
            self._count += 1
            if 3 * self._count > 2 * len(self._places):
                self._grow()

    def update(self, digests: Iterable[int]) -> None:
        for digest in digests:
            self.add(digest)

    def __contains__(self, digest: object) -> bool:
        return (
            isinstance(digest, int)
            and digest != _FREE
            and self._places[self._place(digest)] == digest
        )

    def __iter__(self) -> Iterator[int]:
        return (digest for digest in self._places if digest != _FREE)

    def __len__(self) -> int:
        return self._count

    def _place(self, digest: int) -> int:
        """Return where a digest is, or where it would be."""
        places = self._places
        last = len(places) - 1
        place = digest & last
        while places[place] not in (_FREE, digest):
            place = (place + 1) & last
        return place

    def _grow(self) -> None:
        digests = iter(self)
        self._places = array("Q", [_FREE]) * (2 * len(self._places))
        self._count = 0
        self.update(digests)
