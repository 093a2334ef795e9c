"""Measures the publisher, next to plain loops of Publish and PublishBatch."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from unittest import mock

import boto3

from benchmarks.collecting import a_run
from benchmarks.hub import RUNS_TABLE
from benchmarks.instant import Instant
from benchmarks.messages import published
from benchmarks.page import Table
from benchmarks.population import Population
from benchmarks.request import REGION
from benchmarks.sample import Samples
from cidb2.aws.clients import Clients
from cidb2.aws.sessions import new_session
from cidb2.aws.table import Table as DynamoTable
from cidb2.chunks import chunks
from cidb2.collecting.handler import SENDERS
from cidb2.publishing.batching import MAX_REQUEST_ENTRIES
from cidb2.publishing.journal import Journal
from cidb2.publishing.messages import Message
from cidb2.publishing.publisher import Publisher
from cidb2.run import Publish

LATENCY_SECONDS = 0.01
MESSAGES, BY_TENS, SINGLY = 8_000, 2_000, 300
"""The plain loops need fewer messages to measure their rate."""

RUN = a_run(Population.of(1, 330), Publish.FULL)
TOPIC = RUN.config.sns_topic_arn


class WrongNumberError(Exception):
    """Not every message arrived exactly once."""


def measure(samples: Samples) -> Table:
    """Return messages per second and CPU per message: the loops first, then the publisher."""
    some = published(samples, 330)
    messages = [some[number % len(some)] for number in range(MESSAGES)]
    with Instant(LATENCY_SECONDS) as aws, mock.patch.dict("os.environ", aws.environment()):
        sns, hub = boto3.client("sns"), Clients(new_session(), REGION, SENDERS)
        one, ten, ours = partial(_singly, sns), partial(_by_tens, sns), partial(_by_publisher, hub)
        timed = [
            ("a plain loop of Publish", *_timed(aws, one, messages[:SINGLY])),
            ("a plain loop of PublishBatch", *_timed(aws, ten, messages[:BY_TENS])),
            ("the publisher, journal included", *_timed(aws, ours, messages)),
        ]
    slowest = timed[0][1]
    return Table(
        ("10 ms to the topic", "messages/s", "times Publish", "CPU ms per message"),
        [(name, round(rate), rate / slowest, cpu) for name, rate, cpu in timed],
    )


def _timed(
    aws: Instant, send: Callable[[Sequence[Message]], None], messages: Sequence[Message]
) -> tuple[float, float]:
    send(messages[:MAX_REQUEST_ENTRIES])  # opens connections, as in a warm function
    aws.take()
    began, cpu_began = time.monotonic(), time.process_time()
    send(messages)
    seconds, cpu = time.monotonic() - began, time.process_time() - cpu_began
    if aws.take()["messages"] != len(messages):
        raise WrongNumberError(f"not each of {len(messages)} messages arrived exactly once")
    return len(messages) / seconds, 1000 * cpu / len(messages)


def _singly(sns: Any, messages: Sequence[Message]) -> None:
    for message in messages:
        sns.publish(
            TopicArn=TOPIC,
            Message=message.body,
            MessageAttributes=_typed(message),
        )


def _by_tens(sns: Any, messages: Sequence[Message]) -> None:
    for some in chunks(messages, MAX_REQUEST_ENTRIES):
        entries: Any = [
            {"Id": str(number), "Message": message.body, "MessageAttributes": _typed(message)}
            for number, message in enumerate(some)
        ]
        sns.publish_batch(TopicArn=TOPIC, PublishBatchRequestEntries=entries)


def _by_publisher(hub: Clients, messages: Sequence[Message]) -> None:
    table = DynamoTable(hub.client("dynamodb"), RUNS_TABLE)
    journal = Journal(table, "123456789012", "kms", RUN.run_id)
    with ThreadPoolExecutor(SENDERS) as senders:
        publisher = Publisher(hub.client("sns"), RUN.config, senders, journal)
        for message in messages:
            publisher.publish(message)
        publisher.flush()


def _typed(message: Message) -> Any:
    return {
        name: {"DataType": "String", "StringValue": value}
        for name, value in message.attributes.items()
    }
