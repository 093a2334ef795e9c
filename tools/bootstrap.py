"""Set up `.venv` from the lock files, on a machine with only a python3.

Only uv is fetched by hand, at the version and hashes of `requirements/bootstrap.lock`: by pip if
this python3 has it (pip knows the machine's proxy, certificates and index), else from the package
index, since the python3 of a fresh Debian has neither pip nor venv. uv then makes `.venv` with this
python3, installs `requirements/dev.lock`, and installs this project in place, which provides the
command `cidb2`.

Uses only the standard library. If nothing changed, it reads three small files and exits.
"""

from __future__ import annotations

import hashlib
import html
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from urllib.parse import urljoin

OLDEST_PYTHON = (3, 11)
DEFAULT_INDEX = "https://pypi.org/simple"
INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
DOWNLOAD_TRIES = 3

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "dev.lock"
UV_LOCK = ROOT / "requirements" / "bootstrap.lock"
PROJECT = ROOT / "pyproject.toml"
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMP = VENV / "cidb2-setup"
UV = ROOT / ".tools" / "uv"
UV_STAMP = ROOT / ".tools" / "uv.version"


class SetupError(Exception):
    """Raised if the set-up fails; the message says what to do."""


def main() -> None:
    if sys.version_info < OLDEST_PYTHON:
        sys.exit(
            "CIDB2 needs python3 {}.{} or later; {} is {}.{}. With a later one installed, "
            "use it: make PYTHON=python3.13 ...".format(
                *OLDEST_PYTHON, sys.executable, *sys.version_info[:2]
            )
        )
    wanted = b"".join(path.read_bytes() for path in (UV_LOCK, LOCK, PROJECT))
    locks = hashlib.sha256(wanted).hexdigest()
    here = f" in {ROOT}"  # a virtualenv cannot be moved
    found = STAMP.read_text() if STAMP.exists() else ""
    if found == locks + here and VENV_PYTHON.exists() and UV.exists():
        return
    started = time.monotonic()
    STAMP.unlink(missing_ok=True)
    try:
        ensure_uv()
        if not found.endswith(here) or not runs(VENV_PYTHON):
            make_venv()
        sync_venv()
        install_project()
    except SetupError as error:
        sys.exit(f"Set-up failed: {error}")
    STAMP.write_text(locks + here)
    say(f"done in {time.monotonic() - started:.0f} s")


def say(text: str) -> None:
    print(f"Setting up: {text}", file=sys.stderr, flush=True)


# --- uv -----------------------------------------------------------------------------------------


def ensure_uv() -> None:
    """Install the locked uv as `.tools/uv`."""
    pin = UV_LOCK.read_text()
    found = re.search(r"^uv==(\S+)", pin, re.MULTILINE)
    hashes = set(re.findall(r"--hash=sha256:([0-9a-f]{64})", pin))
    if not found or not hashes:
        raise SetupError(f"{UV_LOCK} names no version and hashes of uv")
    version = found[1]
    if UV.exists() and UV_STAMP.exists() and UV_STAMP.read_text() == version:
        return
    say(f"fetching uv {version} (first run only)")
    with tempfile.TemporaryDirectory() as folder:
        wheel = wheel_by_pip(Path(folder)) or wheel_from_index(Path(folder), version)
        if hashlib.sha256(wheel.read_bytes()).hexdigest() not in hashes:
            raise SetupError(f"{wheel.name} matches none of the hashes in {UV_LOCK.name}")
        unpack_uv(wheel)
    UV_STAMP.write_text(version)


def wheel_by_pip(folder: Path) -> Path | None:
    """Return the wheel downloaded by pip, or None if pip is missing or fails."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", str(UV_LOCK)]
    done = subprocess.run([*command, "-d", str(folder)], capture_output=True, check=False)
    return next(folder.glob("uv-*.whl"), None) if done.returncode == 0 else None


def wheel_from_index(folder: Path, version: str) -> Path:
    """Return the wheel downloaded from the index's simple page, which all mirrors have."""
    index = next(filter(None, map(os.environ.get, INDEX_VARIABLES)), DEFAULT_INDEX)
    page_url = f"{index.rstrip('/')}/uv/"
    page = download(page_url).decode()
    for link in re.findall(r'href="([^"]+)"', page):
        url = urljoin(page_url, html.unescape(link))
        name = url.partition("#")[0].rpartition("/")[2]
        if name.startswith(f"uv-{version}-") and name.endswith(".whl") and runs_here(name):
            wheel = folder / name
            wheel.write_bytes(download(url))
            return wheel
    raise SetupError(
        f"the package index has no uv {version} for {platform.system()} {platform.machine()}"
    )


def download(url: str) -> bytes:
    for attempt in range(1, DOWNLOAD_TRIES + 1):
        try:
            request = urllib.request.Request(url, headers={"Accept": "text/html, */*;q=0.5"})
            with urllib.request.urlopen(request, timeout=60) as answer:
                return bytes(answer.read())
        except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
            if attempt == DOWNLOAD_TRIES:
                raise SetupError(f"{url}: {error}") from error
            time.sleep(attempt)
    raise AssertionError


def runs_here(wheel: str) -> bool:
    """Whether the platform tag in a wheel's name matches this machine."""
    tag = wheel.removesuffix(".whl").rpartition("-")[2]
    if sys.platform == "darwin":
        family = "macosx"
    else:
        family = "manylinux" if platform.libc_ver()[0] == "glibc" else "musllinux"
    return tag.startswith(family) and tag.endswith(platform.machine())


def unpack_uv(wheel: Path) -> None:
    UV.parent.mkdir(exist_ok=True)
    half_written = UV.with_suffix(".new")
    with zipfile.ZipFile(wheel) as archive:
        inside = next(name for name in archive.namelist() if name.endswith("/scripts/uv"))
        with archive.open(inside) as source, half_written.open("wb") as target:
            shutil.copyfileobj(source, target)
    half_written.chmod(0o755)
    half_written.replace(UV)


# --- .venv --------------------------------------------------------------------------------------


def make_venv() -> None:
    """Make an empty `.venv` with this python3."""
    say(f"creating .venv with python {platform.python_version()} (first run only)")
    # The base interpreter, even if a virtualenv is active.
    base = getattr(sys, "_base_executable", None) or sys.executable
    uv("venv", "--clear", "--no-managed-python", "--python", base, str(VENV))


def sync_venv() -> None:
    """Make `.venv` match the lock exactly, with compiled bytecode for fast starts."""
    say("installing the locked packages into .venv")
    python = str(VENV_PYTHON)
    uv("pip", "sync", "--require-hashes", "--compile-bytecode", "--python", python, str(LOCK))


def install_project() -> None:
    """Install this project's commands into `.venv`, in editable mode."""
    place = ["--python", str(VENV_PYTHON), "--editable", str(ROOT)]
    uv("pip", "install", "--offline", "--no-deps", "--no-build-isolation", *place)


def runs(python: Path) -> bool:
    return python.exists() and subprocess.run([python, "-c", ""], check=False).returncode == 0


def uv(*arguments: str) -> None:
    quiet = [] if sys.stderr.isatty() else ["--quiet"]
    environment = {k: v for k, v in os.environ.items() if k != "VIRTUAL_ENV"}
    done = subprocess.run([str(UV), *quiet, *arguments], env=environment, check=False)
    if done.returncode:
        raise SetupError(f"uv {' '.join(arguments[:2])} exited with {done.returncode}")


if __name__ == "__main__":
    main()
