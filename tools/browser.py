"""Finds the Chromium for the report's tests and pictures, or installs Debian's.

Usage: `python -m tools.browser` installs Chromium if it is missing; this requires root.
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
    "No Chromium found, and it cannot be installed: {why}.\n"
    "Install it (Debian: sudo apt-get install chromium), or set its path: CHROMIUM=/path"
)


def find() -> Path | None:
    """Return the browser set in CHROMIUM, or the first one installed; None if there is none."""
    if named := os.environ.get("CHROMIUM"):
        return Path(named)
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    return next((path for path in ON_A_MAC if path.exists()), None)


def main() -> None:
    """Install Chromium, or explain what to do."""
    if find():
        return
    if not shutil.which("apt-get"):
        sys.exit(MISSING.format(why="apt-get is missing"))
    if os.geteuid() != 0:
        sys.exit(MISSING.format(why="this requires root"))
    print("Setting up: installing Chromium with apt-get", file=sys.stderr)
    for command in (("apt-get", "update", "--quiet=2"), INSTALL):
        if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode:
            sys.exit(MISSING.format(why=f"'{' '.join(command)}' failed"))


if __name__ == "__main__":
    main()
