"""Deployment packages. Code that lies in a folder here is linked, not zipped.

A link is a zip that holds nothing but the folder's path, so functions run from the sources and a
stack trace names the file that one edits. Real packages are unpacked.
"""

import hashlib
import io
import threading
import zipfile
from pathlib import Path

LINK = ".linked-folder"
UNPACKING = threading.Lock()


def link(folder: Path) -> bytes:
    """Return a package that stands for a folder of this machine."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo(LINK), str(folder.resolve()))
    return buffer.getvalue()


def unpack(package: bytes, folder: Path) -> Path:
    """Return the folder that a package's files are in: the linked one, or one below `folder`.

    A package is unpacked once, whoever else asks for it at the same time.
    """
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        if LINK in archive.namelist():
            return Path(archive.read(LINK).decode())
        unpacked = folder / hashlib.sha256(package).hexdigest()[:16]
        with UNPACKING:
            if not unpacked.exists():
                archive.extractall(unpacked)
    return unpacked
