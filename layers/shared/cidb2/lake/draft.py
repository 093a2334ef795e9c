"""A listing that is being written: compressed, in memory while it is small, then on disk.

It becomes a single gzip member, even if several invocations write it, because engines have read
only the first member of a file (trinodb/trino issue 18223). zlib's state cannot be passed on, but
data after a full flush does not depend on data before it (zlib.h, Z_FULL_FLUSH). So each invocation
compresses blocks of one deflate stream, and passes on the checksum and the length for its end.
"""

import shutil
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from struct import pack
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Self

from cidb2.reasons import Failure

KEPT_IN_MEMORY = 256 * 1024
"""Bytes; a larger draft is on the function's disk. An account may have 34 drafts at once."""

LEVEL = 3
"""zlib's compression level: as fast as 1, and its output at most a tenth larger than that of 6."""

_HEADER = bytes((0x1F, 0x8B, zlib.DEFLATED, 0, 0, 0, 0, 0, 0, 0xFF))
"""The header of a gzip member without name and time, of an unknown system (RFC 1952, 2.3)."""


@dataclass
class Draft:
    """The uploaded parts of a listing, and a file of the data that is not uploaded yet.

    `crc` and `length` are those of all lines so far, uncompressed. A `failure` means that S3 or the
    disk failed: the draft accepts nothing more, and never becomes an object. Whoever adds to a
    draft must finally clear it. Raises OSError if the disk is full.
    """

    upload_id: str | None = None
    parts: list[str] = field(default_factory=list)
    failure: Failure | None = None
    crc: int = 0
    length: int = 0
    _file: IO[bytes] | None = field(default=None, compare=False)
    _stream: Any = field(default=None, compare=False)

    @property
    def size(self) -> int:
        """Bytes that are not uploaded yet."""
        return self._file.tell() if self._file else 0

    def add(self, line: bytes) -> None:
        """Add a line, which must not be empty."""
        if not self.length:
            self._waiting().write(_HEADER)
        self.crc = zlib.crc32(line, self.crc)
        self.length += len(line)
        self._waiting().write(self._deflate().compress(line))

    def end(self) -> None:
        """End the gzip member, if there is one; nothing can be added after that."""
        if self.length:
            trailer = pack("<LL", self.crc, self.length % 2**32)
            self._waiting().write(self._deflate().flush() + trailer)
            self._stream = None

    def from_start(self) -> IO[bytes]:
        """Return the data that is not uploaded yet, as a file at its start."""
        self._waiting().seek(0)
        return self._waiting()

    def clear(self) -> None:
        """Discard the data that is not uploaded yet, and free its memory and disk."""
        if self._file:
            with suppress(OSError):  # closing flushes, which a full disk refuses
                self._file.close()
        self._file = None

    def save(self, file: IO[bytes]) -> None:
        """Write the data that is not uploaded yet into a file of a checkpoint."""
        if self._stream:
            self._waiting().write(self._stream.flush(zlib.Z_FULL_FLUSH))
            self._stream = None
        if self._file:
            shutil.copyfileobj(self.from_start(), file)

    def restore(self, file: IO[bytes]) -> None:
        """Restore the data from a file that `save` wrote."""
        while some := file.read(KEPT_IN_MEMORY):
            self._waiting().write(some)

    def _deflate(self) -> Any:
        if self._stream is None:
            self._stream = zlib.compressobj(LEVEL, wbits=-zlib.MAX_WBITS)
        return self._stream

    def _waiting(self) -> IO[bytes]:
        if self._file is None:
            self._file = SpooledTemporaryFile(KEPT_IN_MEMORY)  # noqa: SIM115 - `clear` closes it
        return self._file

    def to_document(self) -> dict[str, Any]:
        """Return the document for a checkpoint, without the data."""
        return {
            "uploadId": self.upload_id,
            "parts": self.parts,
            "failure": asdict(self.failure) if self.failure else None,
            "crc": self.crc,
            "length": self.length,
        }

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        failure = Failure.parse(document["failure"]) if document["failure"] else None
        return cls(
            upload_id=document["uploadId"],
            parts=document["parts"],
            failure=failure,
            crc=document["crc"],
            length=document["length"],
        )
