"""What the inventory table knows of a scope's items, in some 40 bytes for each of them."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from gzip import GzipFile
from io import BytesIO

from cidb2.compare import Known, digest


class KnownItems(Mapping[str, Known]):
    """What is known of each ARN of a scope.

    As objects in a dict they would take 300 bytes each, more than anything else that grows with an
    account. So there are three arrays of digests, in the order of the ARNs' digests, and the ARNs
    themselves compressed: only deletions need them.
    """

    def __init__(self, items: Iterable[tuple[str, Known]]) -> None:
        keys, contents, statements = array("Q"), array("Q"), array("Q")
        packed = BytesIO()
        with GzipFile(fileobj=packed, mode="wb") as lines:
            for arn, known in items:
                lines.write(f"{arn}\n".encode())
                keys.append(digest(arn))
                contents.append(known.content)
                statements.append(known.statement)
        order = sorted(range(len(keys)), key=keys.__getitem__)
        self._keys = array("Q", map(keys.__getitem__, order))
        self._contents = array("Q", map(contents.__getitem__, order))
        self._statements = array("Q", map(statements.__getitem__, order))
        self._arns = packed.getvalue()

    def __getitem__(self, arn: str) -> Known:
        key = digest(arn)
        place = bisect_left(self._keys, key)
        if place == len(self._keys) or self._keys[place] != key:
            raise KeyError(arn)
        return Known(self._contents[place], self._statements[place])

    def __iter__(self) -> Iterator[str]:
        with GzipFile(fileobj=BytesIO(self._arns)) as lines:
            for line in lines:
                yield line.decode().removesuffix("\n")

    def __len__(self) -> int:
        return len(self._keys)
