"""Deployment packages that link to a folder of this machine instead of containing its files.

Functions then run from the sources, and stack traces name the files being edited.
"""

import io
import zipfile
from pathlib import Path

LINK = ".linked-folder"


def link(folder: Path) -> bytes:
    """Return a package that links to a folder."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo(LINK), str(folder.resolve()))
    return buffer.getvalue()


def linked(package: bytes) -> Path:
    """Return the folder that a package links to."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return Path(archive.read(LINK).decode())
