"""Measures the model's constants: CPU and calls of collecting, CPU and units of storing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import process_time

from benchmarks import breadth, reporter, units
from benchmarks.breadth import Empty
from benchmarks.collecting import Collectors, as_hub
from benchmarks.front import Front
from benchmarks.population import SERVICES, Population
from benchmarks.request import HUB
from benchmarks.sample import Samples
from cidb2.run import Publish

ACCOUNTS, FEW, MANY = 4, 11, 330
"""Accounts, and two resource counts; the difference between the two is the cost of resources."""


@dataclass(frozen=True)
class Constants:
    """CPU in seconds without latency, and calls to accounts.

    `empty` is the cost of an account without resources, by collector. `resource` is the cost of
    each resource in a full run, `unchanged` in a run that publishes only changes, and `stored` in
    the reporter, by kind. `slowest` is the share of the most expensive service.
    """

    empty: Sequence[Empty]
    resource: float
    unchanged: float
    slowest: float
    kms_calls: float
    s3_calls: float
    calls: float
    stored: Mapping[str, float]
    units: Mapping[str, units.Cost]


def measure(samples: Samples) -> Constants:
    """Return the constants of this machine."""
    few, _, _ = _collected(samples, FEW)
    many, changes, calls = _collected(samples, MANY)
    resource = (sum(many.values()) - sum(few.values())) / (MANY - FEW) / ACCOUNTS
    account = sum(few.values()) / ACCOUNTS - FEW * resource
    by_resource = {name: count / MANY / ACCOUNTS for name, count in calls.items()}
    return Constants(
        empty=breadth.collect(samples),
        resource=resource,
        unchanged=(sum(changes.values()) / ACCOUNTS - account) / MANY,
        slowest=max(many.values()) / sum(many.values()),
        kms_calls=by_resource["kms"],
        s3_calls=by_resource["s3"],
        calls=sum(by_resource.values()),
        stored=reporter.cpu_by_kind(samples),
        units=units.of(units.bodies(samples)),
    )


def _collected(
    samples: Samples, resources: int
) -> tuple[Mapping[str, float], Mapping[str, float], Counter[str]]:
    """Return the CPU by service in full and then in changes-only runs, and calls by service."""
    population = Population.of(ACCOUNTS, resources)
    with Front(population, samples, latency=0) as front, as_hub(front):
        collectors = Collectors()
        cpu: list[dict[str, float]] = [{}, {}]
        calls: Counter[str] = Counter()
        for publish, taken in zip((Publish.FULL, Publish.CHANGES), cpu, strict=True):
            for service in SERVICES:
                front.begin()
                began = process_time()
                run = collectors.take(front, population, samples, publish, [service])
                taken[service] = process_time() - began
                for called, number in run.calls.items():
                    if publish is Publish.FULL and called.account_id != HUB:
                        calls[called.service] += number
        collectors.close()
    return cpu[0], cpu[1], calls
