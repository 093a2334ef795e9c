"""Finds the Chromium that tests and pictures of the report are made with, or installs Debian's.

python -m tools.browser    # installs it where it is missing, for which it has to be root
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ON_A_MAC = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)
INSTALL = ("apt-get", "install", "--yes", "--no-install-recommends", "chromium")
MISSING = (
    "No Chromium found, and this cannot install one: {why}.\n"
    "Install it (Debian: sudo apt-get install chromium), or say where one is: CHROMIUM=/path"
)


def find() -> Path | None:
    """Return the browser that CHROMIUM names, or the first that is installed; None without any."""
    if named := os.environ.get("CHROMIUM"):
        return Path(named)
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    return next((path for path in ON_A_MAC if path.exists()), None)


def main() -> None:
    """Leave a Chromium on this machine, or say what a person has to do."""
    if find():
        return
    if not shutil.which("apt-get"):
        sys.exit(MISSING.format(why="there is no apt-get here"))
    if os.geteuid() != 0:
        sys.exit(MISSING.format(why="only root may"))
    print("Setting up: Chromium, by apt-get", file=sys.stderr)
    for command in (("apt-get", "update", "--quiet=2"), INSTALL):
        if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode:
            sys.exit(MISSING.format(why=f"'{' '.join(command)}' failed"))


if __name__ == "__main__":
    main()
