"""How long a run takes, beside plain boto3 that makes the same calls on the same front."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from benchmarks import reference
from benchmarks.calls import USUAL, by_operation
from benchmarks.collecting import BrokenRunError, Collectors, as_hub
from benchmarks.front import Front
from benchmarks.minimum import minimum
from benchmarks.page import Table
from benchmarks.sample import Samples
from cidb2.run import Publish

ROUNDS = 3
"""Each goes once through all kinds of runs, so that what else the machine does meets them alike."""


@dataclass(frozen=True)
class Pace:
    """One run: seconds by the clock, seconds of this process, calls."""

    wall: float
    cpu: float
    calls: int


def measure(samples: Samples) -> Table:
    """Run the reference and the collectors in turns and return how they compare."""
    with Front(USUAL, samples) as front, as_hub(front):
        collectors = Collectors()

        def run(publish: Publish) -> None:
            collectors.take(front, USUAL, samples, publish)

        kinds: dict[str, Callable[[], None]] = {
            "plain boto3, 32 threads": lambda: _refer(front, samples),
            "collectors, everything new": lambda: run(Publish.FULL),
            "collectors, nothing new, `publish: full`": lambda: run(Publish.FULL),
            "collectors, nothing new, `publish: changes`": lambda: run(Publish.CHANGES),
        }
        paces: dict[str, list[Pace]] = {kind: [] for kind in kinds}
        run(Publish.FULL)  # the models of the services are read once
        for _ in range(ROUNDS):
            front.forget()
            for kind, once in kinds.items():
                paces[kind].append(_paced(front, once))
        collectors.close()
    first = next(iter(paces.values()))
    return Table(
        ("run", "calls", "time", "CPU"),
        [
            (
                kind,
                median(pace.calls for pace in taken),
                median(pace.wall for pace in taken) / median(pace.wall for pace in first),
                median(pace.cpu for pace in taken) / median(pace.cpu for pace in first),
            )
            for kind, taken in paces.items()
        ],
    )


def _paced(front: Front, once: Callable[[], None]) -> Pace:
    front.begin()
    wall, cpu = time.monotonic(), time.process_time()
    once()
    return Pace(time.monotonic() - wall, time.process_time() - cpu, front.calls().total())


def _refer(front: Front, samples: Samples) -> None:
    """Run the reference; BrokenRunError where it made other calls than the fewest."""
    found = reference.collect(USUAL.account_ids, USUAL.regions)
    fewest = minimum(USUAL, samples)
    fewest["sts", "AssumeRole"] = USUAL.accounts
    fewest["ec2", "DescribeRegions"] = 0
    made = by_operation(front.calls())
    if found != USUAL.resources or made != fewest:
        raise BrokenRunError(f"the reference found {found} and called {made - fewest} too often")
