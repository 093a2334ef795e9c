"""Measures the time of a run, next to plain boto3 with the same calls on the same front."""

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
"""Each round runs all kinds once, so that other load affects them equally."""


@dataclass(frozen=True)
class Pace:
    """One run: wall time and CPU of this process in seconds, and calls."""

    wall: float
    cpu: float
    calls: int


def measure(samples: Samples) -> Table:
    """Run the reference and the collectors alternately and return the comparison."""
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
        run(Publish.FULL)  # loads the service models
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
    """Run the reference; raises BrokenRunError if its calls are not the minimum."""
    found = reference.collect(USUAL.account_ids, USUAL.regions)
    fewest = minimum(USUAL, samples)
    fewest["sts", "AssumeRole"] = USUAL.accounts
    fewest["ec2", "DescribeRegions"] = 0
    made = by_operation(front.calls())
    if found != USUAL.resources or made != fewest:
        raise BrokenRunError(f"the reference found {found} and made {made - fewest} surplus calls")
