"""`make bench`: measure, print and write docs/performance.md. ONLY="calls time" picks some."""

import argparse
import time
from collections.abc import Callable, Mapping

from benchmarks import (
    breadth,
    buckets,
    calls,
    cold_start,
    empty,
    explore,
    growth,
    hostile,
    ledger,
    model,
    pace,
    page,
    partitions,
    planting,
    publisher,
    questions,
    reporter,
    throttling,
    units,
    warm,
)
from benchmarks.page import Table
from benchmarks.sample import Samples

MEASUREMENTS: Mapping[str, Callable[[Samples], Table]] = {
    "calls": calls.measure,
    "buckets": buckets.measure,
    "time": pace.measure,
    "throttling": throttling.measure,
    "accounts": growth.accounts,
    "resources": growth.resources,
    "hostile": hostile.measure,
    "publisher": publisher.measure,
    "reporter": reporter.measure,
    "empty": empty.measure,
    "breadth": breadth.measure,
    "units": units.measure,
    "partitions": partitions.measure,
    "ledger": ledger.measure,
    "cold_start": cold_start.measure,
    "warm": warm.measure,
    "organisation": model.organisation,
    "costs": model.costs,
    "explore": explore.measure,
    "questions": questions.measure,
}
"""Measurements by the name of their table in docs/performance.md, in order of execution."""


def main() -> int:
    """Run the selected measurements, by default all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", metavar="NAME", help=", ".join(MEASUREMENTS))
    wanted = parser.parse_args().only or list(MEASUREMENTS)
    if unknown := [name for name in wanted if name not in MEASUREMENTS]:
        parser.error(f"unknown measurement {unknown[0]}; choose from {', '.join(MEASUREMENTS)}")
    with planting.planted() as (account_id, clients):
        samples = planting.gather(account_id, clients)
    for name in wanted:
        began = time.monotonic()
        table = MEASUREMENTS[name](samples)
        page.write(name, table)
        print(f"\n{name}, in {time.monotonic() - began:.0f} s\n\n{table}", flush=True)
    return 0
