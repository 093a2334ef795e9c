"""Measures how runs scale with accounts and resources, and a collector's memory.

Each collector runs in its own process, one invocation after another, as in Lambda.
"""

import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection

from benchmarks.calls import by_operation
from benchmarks.collecting import BrokenRunError, Collectors, a_run, as_hub, judge
from benchmarks.front import Front
from benchmarks.page import Table
from benchmarks.population import SERVICES, Population
from benchmarks.sample import Samples
from cidb2.run import Publish, Run
from cidb2.services import TITLES
from local.lambda_runtime.environment import peak_megabytes

ACCOUNTS = (5, 50, 200)
RESOURCES_EACH = 11

LARGE = {"ec2": 700, "iam": 290, "s3": 5, "kms": 5}
"""Shares per 1,000 resources of one large account."""

THOUSANDS = (1, 10, 100)
LONGEST_FIRST = ("ec2", "iam", "s3", "kms")


@dataclass(frozen=True)
class RunOfAccounts:
    """The cost of one run over a number of accounts."""

    accounts: int
    calls: int
    seconds: float
    cpu: float


@dataclass(frozen=True)
class Spent:
    """One process's CPU, peak memory, and scopes by outcome."""

    cpu: float
    megabytes: float
    ended: Counter[str]


def accounts(samples: Samples) -> Table:
    """Return the cost of a run for growing numbers of accounts."""
    _run(1, samples)  # warms the process's caches
    runs = [_run(number, samples) for number in ACCOUNTS]
    first = runs[0]
    return Table(
        ("accounts", "resources", "calls per account", "time per account", "CPU per account"),
        [
            (
                run.accounts,
                run.accounts * RESOURCES_EACH,
                run.calls / run.accounts,
                run.seconds / run.accounts / (first.seconds / first.accounts),
                run.cpu / run.accounts / (first.cpu / first.accounts),
            )
            for run in runs
        ],
    )


def _run(number: int, samples: Samples) -> RunOfAccounts:
    population = Population.of(number, RESOURCES_EACH)
    with Front(population, samples) as front, as_hub(front):
        collectors = Collectors()
        began = time.process_time()
        taken = collectors.take(front, population, samples)
        cpu = time.process_time() - began
        collectors.close()
    return RunOfAccounts(number, by_operation(taken.calls).total(), taken.seconds, cpu)


def resources(samples: Samples) -> Table:
    """Return the cost of a run for growing accounts, first and second time."""
    rows = []
    first: float | None = None
    for thousand in THOUSANDS:
        population = Population(1, {name: thousand * each for name, each in LARGE.items()})
        with Front(population, samples) as front, as_hub(front):
            new = _in_processes(front, population, samples, Publish.FULL)
            calls = by_operation(front.calls()).total()
            known = _in_processes(front, population, samples, Publish.CHANGES)
            if front.published():
                raise BrokenRunError("a second run published unchanged items")
        each = sum(one.cpu for one in new.values()) / population.resources
        first = first or each
        peaks = [max(new[name].megabytes, known[name].megabytes) for name in SERVICES]
        rows.append((population.resources, calls, each / first, *map(round, peaks)))
    return Table(
        ("resources", "calls", "CPU per resource", *(f"{TITLES[name]}, MB" for name in SERVICES)),
        rows,
    )


def _in_processes(
    front: Front, population: Population, samples: Samples, publish: Publish
) -> dict[str, Spent]:
    """Run each collector in its own process, two at a time, and return their costs."""
    front.begin()
    run = a_run(population, publish)
    with ThreadPoolExecutor(2) as two:
        each = two.map(lambda name: in_process(run, population.account_ids, name), LONGEST_FIRST)
        spent = dict(zip(LONGEST_FIRST, each, strict=True))
    ended = sum((one.ended for one in spent.values()), Counter[str]())
    judge(population, samples, publish, ended, front.published())
    return spent


def in_process(run: Run, account_ids: Sequence[str], service: str) -> Spent:
    """Return the cost of one collector in its own process."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_collect, args=(theirs, run, account_ids, service))
    process.start()
    theirs.close()
    try:
        spent: Spent = ours.recv()
    finally:
        process.join()
    return spent


def _collect(pipe: Connection, run: Run, account_ids: Sequence[str], service: str) -> None:
    collectors = Collectors()
    cpu = time.process_time()
    ended = collectors.collect(run, account_ids, [service])
    cpu = time.process_time() - cpu
    pipe.send(Spent(cpu, peak_megabytes(os.getpid()), ended))
