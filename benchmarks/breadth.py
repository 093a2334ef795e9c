"""Measures what each collector does in an account in which nothing exists, with all its listings.

The real collectors and hub clients run against a server in its own process, one collection at a
time, after a first account that loads the models.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.collecting import BrokenRunError, Collectors, a_run, as_hub
from benchmarks.front import LATENCY_SECONDS, Front
from benchmarks.hub import RUNS_TABLE
from benchmarks.page import Table
from benchmarks.population import Population
from benchmarks.request import HUB
from benchmarks.sample import Samples
from cidb2.aws.endpoints import regions_beside
from cidb2.collecting.service import Collector
from cidb2.run import Publish
from cidb2.services import COLLECTORS, SERVICES
from tools.services import collector

REGIONS = 17
ROUNDS = 3


@dataclass(frozen=True)
class Empty:
    """What one collector does in one empty account; CPU and time in seconds."""

    collector: str
    listings: int
    calls: int
    cpu: float
    seconds: float
    rows: int
    objects: int


def measure(samples: Samples) -> Table:
    """Return calls, CPU and time of each collector, and their sums."""
    found = collect(samples)
    rows = [
        (each.collector, each.listings, each.calls, each.cpu * 1_000 / each.calls, each.seconds)
        for each in found
    ]
    calls, cpu = sum(each.calls for each in found), sum(each.cpu for each in found)
    slowest = max(each.seconds for each in found)
    listings = sum(each.listings for each in found)
    return Table(
        ("collector", "listings", "calls", "CPU ms per call", "seconds"),
        [*rows, ("all, side by side", listings, calls, cpu * 1_000 / calls, slowest)],
    )


def collect(samples: Samples) -> Sequence[Empty]:
    """Return what each collector does in an empty account, in its best round."""
    population = Population(1 + ROUNDS, {}, regions_beside("us-east-1")[:REGIONS])
    with Front(population, samples, LATENCY_SECONDS) as front, as_hub(front):
        return [_best(front, population, collector(name)) for name in COLLECTORS]


def _best(front: Front, population: Population, reading: Collector) -> Empty:
    collectors = Collectors(collectors=[reading])
    first, *others = population.account_ids
    _collected(front, population, collectors, reading, first)
    rounds = [_collected(front, population, collectors, reading, each) for each in others]
    collectors.close()
    return min(rounds, key=lambda each: each.cpu)


def _collected(
    front: Front,
    population: Population,
    collectors: Collectors,
    reading: Collector,
    account_id: str,
) -> Empty:
    front.begin()
    run = a_run(population, Publish.FULL, SERVICES)
    cpu, began = time.process_time(), time.monotonic()
    ended = collectors.collect(run, [account_id], [reading.name])
    cpu, seconds = time.process_time() - cpu, time.monotonic() - began
    if ended.keys() != {"COMPLETE"}:
        raise BrokenRunError(f"{reading.name}: not all scopes are complete: {dict(ended)}")
    calls = front.calls()
    of_hub = Counter[str]()
    for called, number in calls.items():
        if called.account_id == HUB:
            of_hub[called.operation] += number
    return Empty(
        collector=reading.name,
        listings=sum(len(service.listings) for service in reading.services),
        calls=sum(calls.values()) - sum(of_hub.values()),
        cpu=cpu,
        seconds=seconds,
        rows=sum(front.requests_to_table(RUNS_TABLE)[each] for each in ("PutItem", "UpdateItem")),
        objects=of_hub["PutObject"],
    )
