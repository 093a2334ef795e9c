"""Measures the time of a warm collector invocation outside its calls to AWS."""

import io
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from importlib import import_module
from types import SimpleNamespace
from typing import Any
from unittest import mock

from botocore.client import BaseClient

from benchmarks.collecting import INVOCATION_MS, a_run, as_hub
from benchmarks.front import Front
from benchmarks.page import Table
from benchmarks.population import SERVICES, Population
from benchmarks.sample import Samples
from cidb2.collecting import handler as collector
from cidb2.run import Publish

POPULATION = Population.of(1, 11)
INVOCATIONS = 15

Interval = tuple[float, float]


def measure(samples: Samples) -> Table:
    """Return each collector's best time without a call to AWS in progress."""
    with Front(POPULATION, samples, latency=0.005) as front, as_hub(front):
        rows = []
        for service in SERVICES:
            collector._dependencies.cache_clear()
            rows.append((f"{service}_collector", *_best(service)))
    return Table(("collector", "calls", "total ms", "ms outside calls"), rows)


def _best(service: str) -> tuple[int, float, float]:
    handler = import_module(f"functions.{service}_collector.app").handler
    event = {
        "run": a_run(POPULATION, Publish.FULL).to_state(),
        "account": {"accountId": POPULATION.account_ids[0], "name": ""},
        "continuation": None,
    }
    taken = []
    with redirect_stdout(io.StringIO()):
        for number in range(INVOCATIONS):
            with _calls() as calls:
                began = time.perf_counter()
                handler(event, _context(f"request-{number}"))
                seconds = time.perf_counter() - began
            taken.append((1000 * (seconds - _covered(calls)), 1000 * seconds, len(calls)))
    alone, seconds, number = min(taken[1:])  # the first creates clients and connections
    return number, seconds, alone


def _context(request_id: str) -> Any:
    return SimpleNamespace(
        function_name="collector",
        memory_limit_in_mb="1024",
        invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:collector",
        aws_request_id=request_id,
        get_remaining_time_in_millis=lambda: INVOCATION_MS,
    )


@contextmanager
def _calls() -> Iterator[list[Interval]]:
    """Record the start and end of each call."""
    intervals: list[Interval] = []
    call: Any = vars(BaseClient)["_make_api_call"]

    def noted(client: BaseClient, operation: str, arguments: Any) -> Any:
        began = time.perf_counter()
        try:
            return call(client, operation, arguments)
        finally:
            intervals.append((began, time.perf_counter()))

    with mock.patch.object(BaseClient, "_make_api_call", noted):
        yield intervals


def _covered(intervals: Sequence[Interval]) -> float:
    """Return the seconds with at least one call in progress."""
    covered, until = 0.0, 0.0
    for began, ended in sorted(intervals):
        covered += max(0.0, ended - max(began, until))
        until = max(until, ended)
    return covered
