"""Deployment packages that stand for a folder of this machine, instead of holding its files.

So functions run from the sources, and a stack trace names the file that one edits.
"""

import io
import zipfile
from pathlib import Path

LINK = ".linked-folder"


def link(folder: Path) -> bytes:
    """Return a package that stands for a folder."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo(LINK), str(folder.resolve()))
    return buffer.getvalue()


def linked(package: bytes) -> Path:
    """Return the folder that a package stands for."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return Path(archive.read(LINK).decode())
