"""Measures `cidb2 explore`: building the index, start, serving, memory and page size."""

import gzip
import json
import os
import re
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import cast

from benchmarks.messages import published
from benchmarks.page import Table
from benchmarks.sample import ACCOUNT, Samples
from cidb2.items.item import Item
from cidb2.lake.lines import item_line
from cidb2.lake.listings import items_key, scopes_key
from cidb2.ledger.scope_record import ListingRecord, ScopeRecord, scope_row
from cidb2.ledger.tally import Tally
from cidb2.scope import Outcome, Scope
from cli.explore import LakeFiles, index_folder
from explore.store import new_name
from functions.results_processor.lake import LakeFile
from functions.results_processor.sinks import pour

SIZES = (100_000, 1_000_000, 1_600_000)
OF_AN_ACCOUNT = 1_000
ROUNDS = 8
CIDB2 = "from cli.main import app; app()"
LISTING = "List"
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
RUN = f"{TODAY:%Y%m%d}T000000Z-1a2b3c4d"
WORDS = ("prod", "payments", "type:role admin", "tag:Owner", "nothing at all", "10.0.0.1", "data")


def measure(samples: Samples) -> Table:
    """Return the figures for each size of lake, on this machine."""
    items = [cast("Item", json.loads(each.body)) for each in published(samples, OF_AN_ACCOUNT)]
    return Table(
        (
            *(
                "resources",
                "index, s",
                "its CPU s",
                "its peak MB",
                "index, MB",
                "start, s",
                "p50 ms",
                "p95 ms",
            ),
            *("slowest", "its ms", "largest page KB", "serving MB"),
        ),
        [_measured(items, size) for size in SIZES],
    )


def _measured(items: Sequence[Item], size: int) -> Sequence[object]:
    with TemporaryDirectory() as place:
        lake, home = Path(place) / "lake", Path(place) / "home"
        _write(items, size // len(items), lake)
        index = Path(place) / "first.duckdb"
        built = _built(lake, index)
        megabytes = index.stat().st_size // 1024**2
        os.environ["CIDB2_HOME"] = str(home)
        index.rename(index_folder(str(lake)) / new_name(TODAY.date(), LakeFiles(lake).marks()))
        with _serving(lake, home) as served:
            visits = [(page, *served.get(page)) for _ in range(ROUNDS) for page in served.pages()]
            serving = served.megabytes()
    times = [taken * 1000 for _, taken, _ in visits]
    slowest, longest, _ = max(visits, key=lambda visit: visit[1])
    figures = quantiles(times, n=20)
    return (
        *(size // len(items) * len(items), *built, megabytes),
        *(round(served.start, 2), round(figures[9]), round(figures[18])),
        *(f"`{slowest}`", round(longest * 1000)),
        *(max(size for *_, size in visits) // 1000, serving),
    )


def _write(items: Sequence[Item], accounts: int, lake: Path) -> None:
    """Write a lake in which each account has these items, with its own ARNs."""
    by_scope: Mapping[tuple[str, str], list[str]] = defaultdict(list)
    for item in items:
        _, service, region = item["scope"].split("/")
        text = item_line({**item, "runId": RUN}, LISTING, {}).decode()
        by_scope[service, region].append(text.replace(item["scope"].split("/")[0], ACCOUNT))
    records = []
    for number in range(accounts):
        account = f"{200_000_000_000 + number}"
        for (service, region), lines in by_scope.items():
            scope = Scope(account, service, region)
            text = "".join(lines).replace(ACCOUNT, account)
            text = re.sub(r"(arn:aws:s3:::[a-z0-9-]+)", rf"\1-{account}", text)
            path = lake / items_key(scope, LISTING, RUN)
            path.parent.mkdir(parents=True)
            path.write_bytes(gzip.compress(text.encode(), 1))
            listing = ListingRecord(LISTING, Outcome.COMPLETE, None, Tally(items=len(lines)), TODAY)
            record = ScopeRecord.of(scope, [listing], TODAY + timedelta(minutes=1))
            records.append(scope_row(RUN, record))
    path = lake / scopes_key(RUN)
    path.parent.mkdir(parents=True)
    with path.open("wb") as file, LakeFile(file) as lake_file:
        pour(records, lake_file)


def _built(lake: Path, index: Path) -> tuple[int, int, int]:
    """Return the seconds, the CPU seconds and the peak memory (MB) of building the index."""
    began = time.monotonic()
    command = [sys.executable, "-m", "explore.building", str(lake), str(index), f"{TODAY:%Y-%m-%d}"]
    built = subprocess.Popen(command)
    _, status, used = os.wait4(built.pid, 0)
    if status:
        raise RuntimeError(f"the index was not built: {status}")
    cpu = used.ru_utime + used.ru_stime
    return round(time.monotonic() - began), round(cpu), used.ru_maxrss // 1024


@dataclass
class _Served:
    """`cidb2 explore` in a separate process, and an admitted browser."""

    process: subprocess.Popen[str]
    port: int
    cookie: str
    start: float

    def get(self, path: str) -> tuple[float, int]:
        """Return a page's duration in seconds, and its size. Raises RuntimeError if it failed."""
        began = time.monotonic()
        status, body = _get(self.port, path, self.cookie)
        if status >= 500:
            raise RuntimeError(f"{path}: {status}")
        return time.monotonic() - began, len(body)

    def pages(self) -> Iterator[str]:
        """Yield the pages of a round."""
        yield from ("/", "/coverage", "/runs", f"/runs/{RUN}", "/sql", "/pivot?rows=type")
        yield from ("/pivot?rows=tag:Owner&columns=region", "/resources?page=200&sort=name")
        for words in WORDS:
            yield f"/resources?q={words.replace(' ', '+')}"
        _, listed = _get(self.port, "/resources?q=type:instance", self.cookie)
        found: list[str] = re.findall(r'href="(/r/[^"]+)"', listed.decode())
        yield from found[:10]
        yield "/resources?q=prod&everywhere=1"

    def megabytes(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        [peak] = re.findall(r"VmHWM:\s+(\d+) kB", status)
        return int(peak) // 1024


@contextmanager
def _serving(lake: Path, home: Path) -> Iterator[_Served]:
    began = time.monotonic()
    command = [sys.executable, "-c", CIDB2, "explore", "--folder", str(lake), "--port", "0"]
    environment = {**os.environ, "CIDB2_HOME": str(home)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        [(port, token)] = re.findall(r":(\d+)/\?token=(\S+)", process.stdout.readline())
        connection = HTTPConnection("127.0.0.1", int(port))
        connection.request("GET", f"/?token={token}")
        cookie = str(connection.getresponse().getheader("set-cookie")).split(";")[0]
        _get(int(port), "/", cookie)
        yield _Served(process, int(port), cookie, time.monotonic() - began)
    finally:
        process.terminate()
        process.wait()


def _get(port: int, path: str, cookie: str) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers={"cookie": cookie})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (TimeoutError, ConnectionError) as error:
        raise RuntimeError(path) from error
    finally:
        connection.close()
