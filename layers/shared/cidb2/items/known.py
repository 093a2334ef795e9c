"""The known items of a scope, in about 40 bytes each."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
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


class KnownItems(Mapping[str, Known]):
    """The known items of a scope by ARN, built from ARNs, content hashes and statements.

    Objects in a dict would take 300 bytes each, more than anything else that grows with an account.
    So there are three arrays, sorted by the digests of the ARNs, and the ARNs themselves are
    compressed, because only deletions need them.
    """

    def __init__(self, items: Iterable[tuple[str, str, str]]) -> None:
        self._digest = Digester()
        columns = array("Q"), array("Q"), array("Q")
        packed = BytesIO()
        with GzipFile(fileobj=packed, mode="wb") as lines:
            for item in items:
                lines.write(f"{item[0]}\n".encode())
                for column, text in zip(columns, item, strict=True):
                    column.append(self._digest(text))
        order = sorted(range(len(columns[0])), key=columns[0].__getitem__)
        self._keys, self._contents, self._statements = (
            array("Q", map(column.__getitem__, order)) for column in columns
        )
        self._arns = packed.getvalue()

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
