"""Runs the real collectors and publisher in one process, over many accounts at once."""

import io
import os
import socket
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from unittest import mock

from benchmarks.front import Front
from benchmarks.hub import BUCKET, INVENTORY_TABLE, RUNS_TABLE
from benchmarks.population import SERVICES, Population
from benchmarks.request import HUB, REGION, Calls
from benchmarks.sample import Samples
from cidb2.aws.clients import hub_clients
from cidb2.collecting.account_collection import CONTINUE, AccountCollection
from cidb2.collecting.deadline import Deadline
from cidb2.collecting.dependencies import CollectorDependencies, Request
from cidb2.collecting.readers import Readers
from cidb2.collecting.service import Collector, Service
from cidb2.run import AccountList, Publish, Run, RunConfig
from cidb2.settings import CollectorSettings
from cidb2.types.catalog import REGIONAL
from functions.ec2_collector.collector import EC2
from functions.kms_collector.collector import KMS
from functions.s3_collector.collector import S3
from local.execution_environment.names import knowing_accounts
from tools.services import declared

INSTANCES = Service(EC2.name, EC2.listings[:1])
"""The part of EC2 that the benchmark's accounts contain."""

IAM = Service("iam", declared("iam").listings[:1])
"""IAM's identities and policies, with their further calls."""

COLLECTORS: Sequence[Collector] = tuple(
    Collector(service.name, (service,)) for service in (IAM, KMS, INSTANCES, S3)
)
SIDE_BY_SIDE = 20
"""Concurrent collections."""

READERS, SCOPES, SENDERS = 32, 32, 8
"""Threads shared by all collections of the process."""

INVOCATION_MS = 900_000

SETTINGS = {
    "AWS_REGION": REGION,
    "ACCOUNT_ID": "123456789012",
    "PARTITION": "aws",
    "INVENTORY_TABLE": INVENTORY_TABLE,
    "RUNS_TABLE": RUNS_TABLE,
    "RESULTS_BUCKET": BUCKET,
    "COLLECTOR_ROLE_NAME": "CIDB2-Collector-Role",
    "RUN_RETENTION_DAYS": "400",
    "CONCURRENCY": str(READERS),
    "STACK_NAME": "benchmark",
    "POWERTOOLS_METRICS_NAMESPACE": "CIDB2",
}

BEGUN = datetime(2026, 11, 24, 3, 48, tzinfo=UTC)
"""When the first run began; each further run begins a second later."""

_numbers = count()


class BrokenRunError(Exception):
    """A run's result was wrong, so its time and calls mean nothing."""


@dataclass(frozen=True)
class Taken:
    """A run's result. `changes` counts the published items by change."""

    seconds: float
    calls: Calls
    throttled: Calls
    changes: Counter[str]


@contextmanager
def as_hub(front: Front) -> Iterator[None]:
    """Set the environment of boto3 and collectors for the front during the block."""
    names = mock.patch.object(socket, "getaddrinfo", knowing_accounts(socket.getaddrinfo))
    with mock.patch.dict(os.environ, {**front.environment(), **SETTINGS}), names:
        hub_clients.cache_clear()
        yield
        hub_clients.cache_clear()


class Collectors:
    """Collectors in one process, created before the timing starts, like warm functions."""

    def __init__(
        self, readers: int = READERS, collectors: Sequence[Collector] = COLLECTORS
    ) -> None:
        self._collectors = collectors
        settings = CollectorSettings.from_env()
        self._executors = [
            ThreadPoolExecutor(threads, name)
            for name, threads in (("scope", SCOPES), ("reader", readers), ("sender", SENDERS))
        ]
        scopes, reading, senders = self._executors
        hub = hub_clients(settings.region, readers)
        shared = Readers(reading, readers)
        self._tools = {
            each.name: CollectorDependencies.build(
                each.name, settings, hub, scopes=scopes, readers=shared, senders=senders
            )
            for each in collectors
        }

    def take(
        self,
        front: Front,
        population: Population,
        samples: Samples,
        publish: Publish = Publish.FULL,
        services: Iterable[str] = SERVICES,
    ) -> Taken:
        """Collect everything and return the result; raises BrokenRunError if it is wrong."""
        run, began = a_run(population, publish), time.monotonic()
        ended = self.collect(run, population.account_ids, services)
        seconds, published = time.monotonic() - began, front.published()
        judge(population, samples, publish, ended, published, services)
        if lost := front.unreadable():
            raise BrokenRunError(f"{len(lost)} resources have fields that were not read")
        return Taken(seconds, front.calls(), front.throttled(), Counter(published.values()))

    def collect(
        self, run: Run, account_ids: Iterable[str], names: Iterable[str] = SERVICES
    ) -> Counter[str]:
        """Collect accounts concurrently and return the number of scopes by outcome.

        `names` are those of collectors.
        """
        wanted = [each for each in self._collectors if each.name in names]
        jobs = [(collector, account_id) for account_id in account_ids for collector in wanted]
        with redirect_stdout(io.StringIO()), ThreadPoolExecutor(SIDE_BY_SIDE, "account") as side:
            return sum(side.map(lambda job: self._collect(run, *job), jobs), Counter[str]())

    def _collect(self, run: Run, collector: Collector, account_id: str) -> Counter[str]:
        tools, continuation = self._tools[collector.name], None
        while True:
            deadline = Deadline(lambda: INVOCATION_MS, 60, run.deadline)
            request = Request(run, account_id, continuation)
            answer = AccountCollection(request, collector, tools, deadline).advance()
            if answer["status"] != CONTINUE:
                return Counter(answer["scopes"])
            continuation = answer["continuation"]

    def close(self) -> None:
        for executor in self._executors:
            executor.shutdown()


def a_run(population: Population, publish: Publish, services: tuple[str, ...] = SERVICES) -> Run:
    return Run(
        run_id=f"{BEGUN + timedelta(seconds=next(_numbers)):%Y%m%dT%H%M%SZ}-1a2b3c4d",
        started_at="2026-11-24T03:48:30.000Z",
        deadline="2099-11-24T09:48:30Z",
        services=services,
        regions=None,
        accounts=AccountList(BUCKET, "accounts.json", population.accounts),
        account_concurrency=50,
        expires_at=1_830_000_000,
        config=RunConfig(
            batch_size=10,
            large_batch_size=20,
            large_batch_threshold=100,
            batch_delay_ms=20,
            sns_topic_arn=f"arn:aws:sns:{REGION}:{HUB}:topic",
            publish=publish,
        ),
    )


def judge(
    population: Population,
    samples: Samples,
    publish: Publish,
    ended: Mapping[str, int],
    published: Iterable[str],
    services: Iterable[str] = SERVICES,
) -> None:
    """Check that a run completed every scope and published every resource.

    Raises BrokenRunError otherwise.
    """
    scopes = population.accounts * sum(
        len(population.regions) if REGIONAL[service] else 1 for service in services
    )
    if ended != {"COMPLETE": scopes}:
        raise BrokenRunError(f"{scopes} scopes should be complete: {dict(ended)}")
    wrong = set(published) ^ set(_expected(population, samples, services))
    if wrong and publish is Publish.FULL:
        raise BrokenRunError(f"{len(wrong)} resources surplus or missing, such as {min(wrong)}")


def _expected(population: Population, samples: Samples, services: Iterable[str]) -> Iterator[str]:
    for account_id in population.account_ids:
        for service in services:
            for copy in population.copies(account_id, service):
                yield copy.fill(samples[service][copy.sample].arn.encode()).decode()
