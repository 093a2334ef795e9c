"""Counts the calls of a run, next to the minimum possible."""

from collections import Counter

from benchmarks.collecting import Collectors, as_hub
from benchmarks.front import Front
from benchmarks.minimum import Minimum, minimum
from benchmarks.page import Table
from benchmarks.population import Population
from benchmarks.request import HUB, Calls
from benchmarks.sample import Samples

USUAL = Population.of(accounts=5, resources=330)


def by_operation(calls: Calls) -> Minimum:
    """Return the number of calls to accounts by operation, without the hub's own calls."""
    counted: Minimum = Counter()
    for called, number in calls.items():
        if called.account_id != HUB or called.service == "sts":
            counted[called.service, called.operation] += number
    return counted


def measure(samples: Samples) -> Table:
    """Run one inventory and return its calls; without latency, which would not change them."""
    with Front(USUAL, samples, latency=0) as front, as_hub(front):
        collectors = Collectors()
        front.begin()
        actual = by_operation(collectors.take(front, USUAL, samples).calls)
        collectors.close()
    fewest = minimum(USUAL, samples)
    rows = [
        (f"{service}:{operation}", fewest[service, operation], actual[service, operation])
        for service, operation in sorted(fewest | actual)
    ]
    return Table(
        ("operation", "minimum", "actual"),
        [*rows, ("all", fewest.total(), actual.total())],
    )
