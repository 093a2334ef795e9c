"""Messages of the real collectors, as input for the publisher and the reporter."""

import io
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from dataclasses import replace
from typing import Any, cast

from benchmarks.collecting import COLLECTORS, INVOCATION_MS, a_run, as_hub
from benchmarks.front import Front
from benchmarks.population import Population
from benchmarks.sample import Samples
from cidb2.aws.clients import hub_clients
from cidb2.collecting.account_collection import AccountCollection
from cidb2.collecting.deadline import Deadline
from cidb2.collecting.dependencies import CollectorDependencies, Request
from cidb2.collecting.readers import Readers
from cidb2.publishing.messages import Message
from cidb2.run import Publish
from cidb2.settings import CollectorSettings


class _Recorder:
    """Stands in for the SNS client and records its messages."""

    def __init__(self) -> None:
        self.entries: list[Mapping[str, Any]] = []

    def publish_batch(self, **arguments: Any) -> dict[str, Any]:
        self.entries += arguments["PublishBatchRequestEntries"]
        return {}


def published(samples: Samples, resources: int) -> list[Message]:
    """Return the messages of a first inventory of one account, with the usual shares."""
    population, recorder = Population.of(1, resources), _Recorder()
    with (
        Front(population, samples, latency=0) as front,
        as_hub(front),
        ThreadPoolExecutor(4) as threads,
        redirect_stdout(io.StringIO()),
    ):
        settings = CollectorSettings.from_env()
        hub = hub_clients(settings.region, 8)
        run = a_run(population, Publish.FULL)
        for collector in COLLECTORS:
            tools = CollectorDependencies.build(
                collector.name,
                settings,
                hub,
                scopes=threads,
                readers=Readers(threads, 4),
                senders=threads,
            )
            request = Request(run, population.account_ids[0], None)
            with ThreadPoolExecutor(4) as readers:
                given = replace(tools, sns=cast("Any", recorder), readers=Readers(readers, 4))
                deadline = Deadline(lambda: INVOCATION_MS, 60, run.deadline)
                AccountCollection(request, collector, given, deadline).advance()
    return [_message(entry) for entry in recorder.entries]


def _message(entry: Mapping[str, Any]) -> Message:
    attributes = {name: value["StringValue"] for name, value in entry["MessageAttributes"].items()}
    return Message("arn", entry["Message"], attributes, "scope")
