"""The known items of a scope, in about 40 bytes each."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from gzip import GzipFile
from io import BytesIO

from cidb2.items.digests import Digester


@dataclass(frozen=True, slots=True)
class Known:
    """Digests of an item's content hash and statement in the scope index."""

    content: int
    said: int
    digest: Digester

    def has_content(self, content_hash: str) -> bool:
        return self.content == self.digest(content_hash)

    def says(self, statement: str) -> bool:
        return self.said == self.digest(statement)


class KnownDraft:
    """The items of a listing while they are added, in any order."""

    def __init__(self) -> None:
        self.digest = Digester()
        self.columns = array("Q"), array("Q"), array("Q")
        self._packed = BytesIO()
        self._lines = GzipFile(fileobj=self._packed, mode="wb")

    def add(self, arn: str, content_hash: str, said: str) -> None:
        self._lines.write(f"{arn}\n".encode())
        for column, text in zip(self.columns, (arn, content_hash, said), strict=True):
            column.append(self.digest(text))

    def items(self) -> "KnownItems":
        """Return all that was added; nothing can be added afterwards."""
        self._lines.close()
        return KnownItems(self.digest, self.columns, self._packed.getvalue())


class KnownItems(Mapping[str, Known]):
    """The known items of a listing by ARN, made of ARNs, content hashes and statements.

    As objects in a dict they would take 300 bytes each, more than anything else that grows with an
    account. So there are three arrays of digests, in the order of the ARNs' digests, and the ARNs
    themselves compressed, which only deletions need.
    """

    def __init__(
        self, digest: Digester, columns: Sequence["array[int]"], packed_arns: bytes
    ) -> None:
        self._digest = digest
        order = sorted(range(len(columns[0])), key=columns[0].__getitem__)
        self._keys, self._contents, self._statements = (
            array("Q", map(column.__getitem__, order)) for column in columns
        )
        self._arns = packed_arns

    @classmethod
    def of(cls, items: Iterable[tuple[str, str, str]]) -> "KnownItems":
        """Return the items of which each ARN, content hash and statement are given."""
        draft = KnownDraft()
        for item in items:
            draft.add(*item)
        return draft.items()

    def __getitem__(self, arn: str) -> Known:
        key = self._digest(arn)
        place = bisect_left(self._keys, key)
        if place == len(self._keys) or self._keys[place] != key:
            raise KeyError(arn)
        return Known(self._contents[place], self._statements[place], self._digest)

    def __iter__(self) -> Iterator[str]:
        with GzipFile(fileobj=BytesIO(self._arns)) as lines:
            for line in lines:
                yield line.decode().removesuffix("\n")

    def __len__(self) -> int:
        return len(self._keys)
