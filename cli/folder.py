"""Folders for downloaded data, readable only by their owner."""

import os
from pathlib import Path

import typer

VARIABLE = "CIDB2_HOME"


def own_folder(name: str) -> Path:
    """Return a folder in CIDB2_HOME or in the system's default location."""
    base = Path(os.environ.get(VARIABLE) or typer.get_app_dir("cidb2"))
    folder = base / name
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder
