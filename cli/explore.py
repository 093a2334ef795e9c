"""`cidb2 explore`: serves the inventory as web pages, to one browser on this machine."""

import hashlib
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from cidb2.times import now
from cli.errors import TELLABLE, CliError, ExitCode
from cli.folder import own_folder
from cli.options import CommandContext
from cli.queries import DAYS_BACK
from cli.sql import Day
from lake.answer import QueryError

if TYPE_CHECKING:
    from lake.tables import Table

HOST = "127.0.0.1"
PORT = 7420
REFRESH_SECONDS = 300


def explore(
    asked: CommandContext,
    folder: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            exists=True,
            file_okay=False,
            help="Explore the lake files below this folder instead of a stack.",
        ),
    ] = None,
    day: Day = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port on this machine; 0 for any free one.")
    ] = PORT,
) -> ExitCode:
    """Explore the inventory in a browser, served on this machine only.

    Pages come from an index of the newest complete listings, which is refreshed in the background.
    Ctrl-C stops, and exits with 130.
    """
    import uvicorn

    from cli.past import LakePast, StackPast
    from explore.app import create_app
    from explore.guard import OneBrowser
    from explore.store import Store

    with _listening(port) as listener:
        actual: int = listener.getsockname()[1]
        place = index_folder(str(folder.resolve()) if folder else asked.stack.bucket)
        source = LakeFiles(folder) if folder else StackCopy(asked, day)
        store = Store(place, day, source.build, source.marks, (*TELLABLE, QueryError))
        past = LakePast(folder) if folder else StackPast(asked.stack, asked.output)
        gate = OneBrowser(actual)

        def link() -> str:
            return f"http://{HOST}:{actual}/?token={gate.token}"

        gate.on_entry = lambda: asked.output.say(f"Another browser: {link()}")
        store.open()
        stopped = Event()
        store.keep_fresh(REFRESH_SECONDS, stopped)
        asked.output.say(f"Explore the inventory: {link()}\nCtrl-C stops.")
        if asked.output.as_json:
            asked.output.document({"url": link()})
            sys.stdout.flush()
        if asked.output.console.is_interactive:
            typer.launch(link())
        config = uvicorn.Config(
            create_app(store, past, gate),
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="off",
        )
        server = uvicorn.Server(config)
        try:
            server.run(sockets=[listener])
        finally:
            stopped.set()
        # uvicorn may end without the KeyboardInterrupt that stopped it
        return ExitCode.INTERRUPTED if server.should_exit else ExitCode.OK


class LakeFiles:
    """Lake files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def marks(self) -> str:
        """Return a digest of the runs whose scopes are in the folder."""
        from lake.tables import SCOPES

        runs = sorted(
            f"{path.name} {path.stat().st_size}"
            for path in (self._folder / SCOPES.prefix).glob("*/*.jsonl.gz")
        )
        if not runs:
            raise QueryError(f"{self._folder}: no lake here; the first run writes it when it ends")
        return hashlib.sha256("\n".join(runs).encode()).hexdigest()[:16]

    def build(self, target: Path, day: date) -> None:
        """Build the index in a separate process, so that its memory is freed afterwards."""
        command = [sys.executable, "-P", "-m", "explore.building"]
        arguments = [str(self._folder), str(target), str(day)]
        built = subprocess.run(  # noqa: S603 - a module of ours
            [*command, *arguments], capture_output=True, text=True, check=False
        )
        if built.returncode:
            raise QueryError(built.stderr.strip() or f"The index failed: {built.returncode}.")


class StackCopy(LakeFiles):
    """A local copy of a stack's lake, with the files that the index needs, updated before use."""

    def __init__(self, asked: CommandContext, day: date | None) -> None:
        self._stack = asked.stack
        self._day = day
        super().__init__(own_folder("lake") / self._stack.bucket)
        self._folder.mkdir(exist_ok=True)

    def marks(self) -> str:
        from lake.tables import SCOPES

        self._fetch([SCOPES], lambda _: True)
        return super().marks()

    def build(self, target: Path, day: date) -> None:
        from explore.building import needed_listings
        from lake.tables import ITEMS

        self._fetch([ITEMS], needed_listings(self._folder, day))
        super().build(target, day)

    def _fetch(self, tables: Sequence["Table"], wanted: Callable[[str], bool]) -> None:
        from lake.fetch import fetch

        since = (self._day or now().date()) - timedelta(days=DAYS_BACK)
        fetch(self._stack.s3, self._stack.bucket, self._folder, since, tables=tables, wanted=wanted)


def _listening(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        message = f"Port {port} of {HOST} is not free: {error.strerror}."
        raise CliError(ExitCode.USAGE, message, "Choose another with --port.") from None
    return listener


def index_folder(source: str) -> Path:
    """Return the folder for the indexes of a lake."""
    name = hashlib.sha256(source.encode()).hexdigest()[:16]
    folder = own_folder("explore") / name
    folder.mkdir(exist_ok=True)
    return folder
