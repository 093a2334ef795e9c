"""Keyed 64-bit digests of texts, and a set of them that takes 12 to 24 bytes each."""

import base64
from array import array
from collections.abc import Container, Iterable, Iterator, Mapping, Sized
from hashlib import blake2b
from secrets import token_bytes
from typing import Any, Self

_KEY_BYTES = 16
_DIGEST_BYTES = 8
_FREE = 0
_FEWEST = 64


class Digester:
    """Computes a digest of 64 bits, never 0, of a text.

    An account chooses the names of its resources. Without a key, it could find two names with the
    same digest within minutes, and one would pass for the other. With a secret key, nobody can
    search for them, and the probability that any two of 100,000 texts collide is 3 in 10^10.
    """

    def __init__(self, key: bytes | None = None) -> None:
        self.key = key or token_bytes(_KEY_BYTES)
        self._keyed = blake2b(key=self.key, digest_size=_DIGEST_BYTES)

    def __call__(self, text: str) -> int:
        keyed = self._keyed.copy()
        keyed.update(text.encode())
        return int.from_bytes(keyed.digest()) or 1


class Digests(Container[str], Sized):
    """A set of texts, stored as digests in a hash table with linear probing.

    Each set has its own secret key, so nobody can choose texts that crowd into one place.
    """

    def __init__(self, texts: Iterable[str] = (), key: bytes | None = None) -> None:
        self._digest = Digester(key)
        self._places = array("Q", [_FREE]) * _FEWEST
        self._count = 0
        self.update(texts)

    def add(self, text: str) -> None:
        self._put(self._digest(text))

    def update(self, texts: Iterable[str]) -> None:
        for text in texts:
            self.add(text)

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and self._places[self._place(self._digest(text))] != _FREE

    def __len__(self) -> int:
        return self._count

    def to_document(self) -> dict[str, str]:
        """Return the document for a checkpoint. With its key, it is as secret as the texts."""
        digests = array("Q", self._taken())
        return {"key": _to_text(self._digest.key), "digests": _to_text(digests.tobytes())}

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        digests = cls(key=base64.b64decode(document["key"]))
        for digest in array("Q", base64.b64decode(document["digests"])):
            digests._put(digest)
        return digests

    def _taken(self) -> Iterator[int]:
        return (digest for digest in self._places if digest != _FREE)

    def _put(self, digest: int) -> None:
        place = self._place(digest)
        if self._places[place] == _FREE:
            self._places[place] = digest
            self._count += 1
            if 3 * self._count > 2 * len(self._places):
                self._grow()

    def _place(self, digest: int) -> int:
        """Return where a digest is, or where it would be."""
        places = self._places
        last = len(places) - 1
        place = digest & last
        while places[place] not in (_FREE, digest):
            place = (place + 1) & last
        return place

    def _grow(self) -> None:
        digests = self._taken()
        self._places = array("Q", [_FREE]) * (2 * len(self._places))
        self._count = 0
        for digest in digests:
            self._put(digest)


def _to_text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
