"""Measures a run under AWS's request rates: it must end without losing a scope."""

from collections import Counter
from collections.abc import Mapping

from benchmarks.collecting import Collectors, as_hub
from benchmarks.front import Front
from benchmarks.minimum import minimum
from benchmarks.page import Table
from benchmarks.population import Population
from benchmarks.request import Calls
from benchmarks.sample import Samples
from benchmarks.throttle import Rates, scaled

CROWDED = Population(2, {"kms": 400, "ec2": 40}, regions=("us-east-1",))
"""Many keys in one region of each account, because KMS's rates are per account and region."""

SERVICES = ("kms", "ec2")
SHARES: Mapping[str, float | None] = {
    "without limits": None,
    "as published": 1.0,
    "a fortieth of that": 1 / 40,
    "an eightieth of that": 1 / 80,
}


def measure(samples: Samples) -> Table:
    """Run at each rate; the judge rejects a run that loses anything."""
    rows = []
    unlimited = 0.0
    with Front(CROWDED, samples) as front, as_hub(front):
        for name, share in SHARES.items():
            rates = {} if share is None else scaled(share)
            collectors = Collectors()
            front.forget()
            front.begin(rates)
            taken = collectors.take(front, CROWDED, samples, services=SERVICES)
            collectors.close()
            unlimited = unlimited or taken.seconds
            least = max(unlimited, seconds_dictated(taken.calls - taken.throttled, rates))
            rows.append(
                (
                    name,
                    minimum(CROWDED, samples, SERVICES).total(),
                    taken.throttled.total(),
                    least / unlimited,
                    taken.seconds / least,
                )
            )
    return Table(("rates", "calls", "refused", "minimum time", "time / minimum"), rows)


def seconds_dictated(answered: Calls, rates: Rates) -> float:
    """Return the minimum time of the answered requests, set by the slowest rate."""
    waits: Counter[object] = Counter()
    for called, number in answered.items():
        if rate := rates.get((called.service, called.operation)):
            waits[called] = max(0, (number - rate.burst) / rate.per_second)  # type: ignore[assignment]
    return max(waits.values(), default=0.0)
