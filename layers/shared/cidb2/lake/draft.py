"""A listing on its way into the lake, compressed, and on disk once it is more than a little.

It becomes one gzip member, however many invocations write it: engines have read the first member
of a file and called it all (trinodb/trino issue 18223). zlib's state cannot be handed over, but
after a full flush what follows needs nothing of what came before (zlib.h, Z_FULL_FLUSH). So each
invocation compresses blocks of one deflate stream, and a draft hands over the checksum and the
length that end it.
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
"""Bytes of a draft; a larger one is on the function's disk. An account may have 34 at once."""

LEVEL = 3
"""Of zlib: as fast as 1, and within a tenth of 6 in size."""

_HEADER = bytes((0x1F, 0x8B, zlib.DEFLATED, 0, 0, 0, 0, 0, 0, 0xFF))
"""Of a gzip member without a name, from no time and an unknown system (RFC 1952, 2.3)."""


@dataclass
class Draft:
    """The parts of a listing that S3 has, and a file of what waits for it.

    `crc` and `length` are of all lines so far, before compression. With a `failure`, S3 or the
    disk refused: nothing more is taken in, and it never becomes an object. Whoever adds to a draft
    clears it in the end; OSError where the disk is full.
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
        """Bytes that wait."""
        return self._file.tell() if self._file else 0

    def add(self, line: bytes) -> None:
        """Take in a line, which is not empty."""
        if not self.length:
            self._waiting().write(_HEADER)
        self.crc = zlib.crc32(line, self.crc)
        self.length += len(line)
        self._waiting().write(self._deflate().compress(line))

    def end(self) -> None:
        """End the gzip member, where there is one; nothing can follow."""
        if self.length:
            trailer = pack("<LL", self.crc, self.length % 2**32)
            self._waiting().write(self._deflate().flush() + trailer)
            self._stream = None

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
        """Write what waits into a file of a checkpoint, from where another invocation goes on."""
        if self._stream:
            self._waiting().write(self._stream.flush(zlib.Z_FULL_FLUSH))
            self._stream = None
        if self._file:
            shutil.copyfileobj(self.from_start(), file)

    def restore(self, file: IO[bytes]) -> None:
        """Take what waits from a file that `save` wrote."""
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
        """Return what a checkpoint keeps beside what waits."""
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
