"""Reading gzip as the least capable reader does."""

import zlib

_GZIP = 16 + zlib.MAX_WBITS


def only_member(content: bytes) -> bytes:
    """Return what the first member of a gzip file holds; it is whole, and nothing follows it."""
    reader = zlib.decompressobj(wbits=_GZIP)
    text = reader.decompress(content)
    assert reader.eof
    assert reader.unused_data == b""
    return text
