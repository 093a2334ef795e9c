"""Where the command line keeps what it fetches: readable to its owner alone."""

import os
from pathlib import Path

import typer

VARIABLE = "CIDB2_HOME"


def own_folder(name: str) -> Path:
    """Return a folder below CIDB2_HOME, or else below where the system keeps such things."""
    base = Path(os.environ.get(VARIABLE) or typer.get_app_dir("cidb2"))
    folder = base / name
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder
