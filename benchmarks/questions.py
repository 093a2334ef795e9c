"""Measures the import of `cidb2 ask` and its answers: the last `make run`, for many accounts.

Each account has what the first member account had, under its own number and with ids of its own.
"""

import gzip
import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.page import Table
from benchmarks.sample import Samples
from lake.imported import imported
from lake.saved import SavedQuery, questions
from lake.tables import ITEMS, SCOPES

LAKE = Path(".local/runs/latest")
MEMBER = "234567890123"
IDS = re.compile(r"-[0-9a-f]{4}(?=[0-9a-f]{4,13}\b)")
"""The first digits of the ids that AWS draws, such as vol-0a1b2c3d4e5f67890."""

RESOURCES = 1_800_000
"""With some five million relations."""
ABOUT = {
    "what-uses": "SELECT any_value(targetarn) FROM relations WHERE targettype = 'AWS::KMS::Key'",
    "who-owns": "SELECT max(name) FROM names WHERE kind = 'address'",
    "belongs-to": "SELECT 'Owner=' || max(json_extract_scalar(tags, '$.Owner')) FROM resources",
}
"""Queries for the arguments of questions."""


def measure(_: Samples) -> Table:
    """Return the time, CPU time and memory of the import and of each answer, on this machine."""
    if not any(MEMBER in path.parts for path in LAKE.rglob("*.jsonl.gz")):
        raise SystemExit("Run `make run ACCOUNTS=1 RESOURCES=1000` first: its lake is multiplied.")
    with TemporaryDirectory() as place:
        write(LAKE, Path(place))
        command = [sys.executable, "-m", "benchmarks.questions", place]
        told = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
    header = ("question", "rows", "s", "CPU s", "peak MB")
    return Table(header, [json.loads(line) for line in told.splitlines()])


def write(lake: Path, place: Path) -> None:
    """Write the files of a member account for as many accounts as have all resources."""
    own = [path for path in (lake / ITEMS.prefix).rglob("*.jsonl.gz") if MEMBER in path.parts]
    texts = {path.relative_to(lake): gzip.decompress(path.read_bytes()).decode() for path in own}
    accounts = RESOURCES // sum(text.count("\n") for text in texts.values())
    numbers = [MEMBER, *(f"{300_000_000_000 + number}" for number in range(accounts - 1))]
    for path, text in texts.items():
        for number in numbers:
            target = place / str(path).replace(MEMBER, number)
            target.parent.mkdir(parents=True, exist_ok=True)
            own_text = IDS.sub(f"-{int(number) % 65_536:04x}", text).replace(MEMBER, number)
            target.write_bytes(gzip.compress(own_text.encode(), 1))
    for path in (lake / SCOPES.prefix).rglob("*.jsonl.gz"):
        lines = gzip.decompress(path.read_bytes()).decode().splitlines()
        target = place / path.relative_to(lake)
        target.parent.mkdir(parents=True)
        with gzip.open(target, "wt", compresslevel=1) as file:
            for line in lines:
                copies = numbers if json.loads(line)["accountid"] == MEMBER else [MEMBER]
                file.writelines(f"{line.replace(MEMBER, number)}\n" for number in copies)


def answers(folder: Path) -> Iterator[tuple[object, ...]]:
    """Yield the figures of the import, then those of each question."""
    began = _now()
    with imported(folder) as lake:
        [[found, edges]] = lake.ask(
            "SELECT (SELECT count(*) FROM resources), (SELECT count(*) FROM relations)"
        ).rows
        yield (f"import of {found:,} resources, {edges:,} relations", 1, *_since(began))
        for name, question in questions().items():
            parameters = _parameters(question, lake.ask(ABOUT[name]).rows if name in ABOUT else [])
            began = _now()
            rows = len(lake.ask(question.question, parameters).rows)
            yield (f"`{name}`", rows, *_since(began))


def _parameters(question: SavedQuery, about: list[tuple[str, ...]]) -> list[str]:
    return [value for [argument] in about for value in question.values_of(argument)]


def _now() -> tuple[float, float]:
    return time.monotonic(), time.process_time()


def _since(began: tuple[float, float]) -> tuple[float, float, int]:
    """Return seconds, CPU seconds, and the peak memory of this process in MB."""
    seconds, cpu = (now - then for now, then in zip(_now(), began, strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return round(seconds, 1), round(cpu, 1), peak


if __name__ == "__main__":
    for figures in answers(Path(sys.argv[1])):
        print(json.dumps(figures), flush=True)
