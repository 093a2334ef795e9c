"""A listing on its way into the lake, compressed, and on disk once it is more than a little."""

import shutil
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Self

from cidb2.reasons import Failure

KEPT_IN_MEMORY = 256 * 1024
"""Bytes of a draft; a larger one is on the function's disk. An account may have 34 at once."""

LEVEL = 3
"""Of zlib: as fast as 1, and within a tenth of 6 in size."""

_GZIP = 16 + zlib.MAX_WBITS


@dataclass
class Draft:
    """The parts of a listing that S3 has, and a file of what waits for it.

    With a `failure`, S3 or the disk refused: nothing more is taken in, and it never becomes an
    object. Whoever adds to a draft clears it in the end; OSError where the disk is full.
    """

    upload_id: str | None = None
    parts: list[str] = field(default_factory=list)
    failure: Failure | None = None
    _file: IO[bytes] | None = field(default=None, compare=False)
    _member: Any = field(default=None, compare=False)

    @property
    def size(self) -> int:
        """Bytes that wait."""
        return self._file.tell() if self._file else 0

    def add(self, line: bytes) -> None:
        if self._member is None:
            self._member = zlib.compressobj(LEVEL, wbits=_GZIP)
        self._waiting().write(self._member.compress(line))

    def end_member(self) -> None:
        """End what is compressed so far; what follows is a new member of the same gzip file.

        Members that follow one another are one file (RFC 1952, 2.2).
        """
        if self._member:
            self._waiting().write(self._member.flush())
            self._member = None

    def from_start(self) -> IO[bytes]:
        """Return what waits as a file at its start, to be read to its end or cleared."""
        self._waiting().seek(0)
        return self._waiting()

    def clear(self) -> None:
        """Let nothing wait any more, and give its memory and disk back."""
        if self._file:
            with suppress(OSError):  # a full disk takes no last bytes
                self._file.close()
        self._file = None

    def save(self, file: IO[bytes]) -> None:
        """Write what waits into a file of a checkpoint."""
        self.end_member()
        if self._file:
            shutil.copyfileobj(self.from_start(), file)

    def restore(self, file: IO[bytes]) -> None:
        """Take what waits from a file that `save` wrote."""
        while some := file.read(KEPT_IN_MEMORY):
            self._waiting().write(some)

    def _waiting(self) -> IO[bytes]:
        if self._file is None:
            self._file = SpooledTemporaryFile(KEPT_IN_MEMORY)  # noqa: SIM115 - `clear` closes it
        return self._file

    def to_document(self) -> dict[str, Any]:
        """Return what a checkpoint keeps beside what waits."""
        return {
            "uploadId": self.upload_id,
            "parts": self.parts,
            "failure": asdict(self.failure) if self.failure else None,
        }

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        failure = Failure.parse(document["failure"]) if document["failure"] else None
        return cls(document["uploadId"], document["parts"], failure)
