"""Measures what the further configurations of buckets cost: requests, dollars, time and CPU."""

import time
from collections.abc import Callable
from statistics import median

from benchmarks.collecting import Collectors, Taken, as_hub
from benchmarks.front import Front
from benchmarks.page import Table
from benchmarks.population import Population
from benchmarks.request import HUB
from benchmarks.sample import Samples
from cidb2.collecting.service import Collector
from cidb2.ledger.prices import Prices
from functions.s3_collector.collector import buckets
from functions.s3_collector.configurations import CHOICES

BUCKETS = 1_000
ACCOUNT = Population(1, {"s3": BUCKETS})
ROUNDS = 3


def measure(samples: Samples) -> Table:
    """Collect an account with each choice in turn; time and CPU are multiples of `core`."""
    prices = Prices.load().units
    with Front(ACCOUNT, samples) as front, as_hub(front):
        rounds = [
            {choice: _timed(lambda c=choice: _collect(front, samples, c)) for choice in CHOICES}  # type: ignore[misc]
            for _ in range(ROUNDS)
        ]
    rows = []
    for choice in sorted(CHOICES, reverse=True):
        asked = [
            (called.operation.startswith("List"), number)
            for called, number in rounds[0][choice][0].calls.items()
            if called.service == "s3" and called.account_id != HUB
        ]
        lists = sum(number for is_list, number in asked if is_list)
        gets = sum(number for is_list, number in asked if not is_list)
        dollars = gets * prices["s3Reads"] + lists * prices["s3Writes"]
        seconds = median(one[choice][0].seconds / one["core"][0].seconds for one in rounds)
        cpu = median(one[choice][1] / one["core"][1] for one in rounds)
        rows.append((f"`{choice}`", gets, lists, f"{dollars:.4f}", seconds, cpu))
    return Table(("S3BucketConfigurations", "GET", "LIST", "USD", "time", "CPU"), rows)


def _collect(front: Front, samples: Samples, choice: str) -> Taken:
    collector = Collector("s3", (buckets(CHOICES[choice]),))
    collectors = Collectors(collectors=[collector])
    front.forget()
    front.begin()
    taken = collectors.take(front, ACCOUNT, samples, services=("s3",))
    collectors.close()
    return taken


def _timed(collect: Callable[[], Taken]) -> tuple[Taken, float]:
    began = time.process_time()
    return collect(), time.process_time() - began
