"""Reads gzip like the simplest reader."""

import zlib

_GZIP = 16 + zlib.MAX_WBITS


def only_member(content: bytes) -> bytes:
    """Return the content of a gzip file's only member, which must be complete."""
    reader = zlib.decompressobj(wbits=_GZIP)
    text = reader.decompress(content)
    assert reader.eof
    assert reader.unused_data == b""
    return text
