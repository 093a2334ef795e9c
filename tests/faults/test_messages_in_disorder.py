"""Runs that overlap, and messages that come late, again or not at all: the newer state stands."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from random import Random
from typing import Any

import pytest

from local.simulation.check import stored_items
from tests.faults.ground import Ground, queue
from tests.faults.injection import DENIAL, inject
from tests.faults.judge import judge
from tests.faults.operations import Operation
from tests.support.world import eventually

slow = partial(pytest.param, marks=pytest.mark.slow)

STORE = Operation("reporter", "dynamodb", "PutItem", "inventory")


@pytest.fixture
def services() -> tuple[str, ...]:
    """One service that is listed by region, and one that is not and has an oversize resource."""
    return "kms", "s3"


@pytest.mark.parametrize("milliseconds", [slow(0), slow(100), 300, slow(600), slow(900)])
def test_two_runs_at_once_end_in_the_truth(ready: Ground, milliseconds: int) -> None:
    aws = ready.here.aws
    before = ready.inventory()
    first = ready.start()
    time.sleep(milliseconds / 1000)
    second = ready.start()
    both = [ready.look(execution, before) for execution in map(aws.wait, (first, second))]
    ids = frozenset(ran.run_id for ran in both)
    assert len(ids) == 2
    for ran in both:
        assert ran.outcomes == ready.clean
        assert ran.output["reconciled"] is True, ran.output["totals"]
        assert judge(ran, frozenset(ready.clean), ids).is_sound
    assert list(ready.here.compare().lines()) == []
    ready.heal()


def test_messages_that_are_redriven_after_newer_runs_change_nothing(ready: Ground) -> None:
    with inject(ready, STORE, DENIAL, None):
        ran = ready.run()
    dead = queue(ready.here, "DeadLetterQueueUrl")
    bodies = [message.body for message in dead._messages]
    assert len(bodies) == ran.output["totals"]["deadLettered"] > 0

    healed = ready.heal(tidy=False)
    assert healed.output["totals"]["healed"] > 0
    ready.beat()
    ready.heal(tidy=False)
    assert_nothing_changes(ready, bodies)
    ready.heal()


def test_what_no_later_run_knew_of_is_not_brought_back_by_a_redrive(ready: Ground) -> None:
    with inject(ready, STORE, DENIAL, None):
        ready.run()
    bodies = [message.body for message in queue(ready.here, "DeadLetterQueueUrl")._messages]
    created = {json.loads(body)["arn"] for body in bodies if '"change":"CREATED"' in body}
    ready.beat()  # takes back what the last one created, before any run has stored it
    ready.heal(tidy=False)
    gone = created - ready.here.expected().found.keys()
    assert gone

    with ready.here.configured("ReporterFunction", {"LATE_AFTER_SECONDS": "0"}):
        assert_nothing_changes(ready, bodies, but="ReporterFunction")
    assert not gone & current(ready).keys()
    ready.heal()


def test_a_replay_of_all_messages_of_an_older_run_changes_nothing(ready: Ground) -> None:
    with ready.here.watching_topic() as requests:
        ready.heal(tidy=False)
    for _ in range(2):
        ready.beat()
        ready.heal(tidy=False)
    bodies = [json.dumps(each.item) for request in requests for each in request.publications]
    assert len(bodies) > 10
    assert_nothing_changes(ready, bodies)
    ready.heal()


def assert_nothing_changes(ground: Ground, bodies: list[str], but: str | None = None) -> None:
    """Put messages into the reporter's queue; nothing of what is now may differ after them.

    It is the truth too, `but` for a function that the test itself has configured since.
    """
    before = current(ground)
    sqs, url = ground.here.aws.client("sqs"), ground.here.aws.stack.outputs["QueueUrl"]
    for body in bodies:
        sqs.send_message(QueueUrl=url, MessageBody=body)
    eventually(lambda: not queue(ground.here, "QueueUrl")._messages)
    assert current(ground) == before
    lines = ground.here.compare().lines()
    assert [line for line in lines if but is None or but not in line] == []


def current(ground: Ground) -> dict[str, Any]:
    here = ground.here
    return stored_items(here._table("InventoryTableName"), here.aws.client("s3"))


@pytest.mark.parametrize("seed", [0, slow(1), slow(2)])
def test_lost_messages_are_counted_exactly_and_healed_by_the_next_run(
    ready: Ground, seed: int
) -> None:
    lost = Counter[str]()
    changes = Counter[str]()

    with no_reporter(ready):
        execution = ready.start()
        eventually(lambda: all_published(ready, execution))
        waiting = queue(ready.here, "QueueUrl")
        with waiting._messages_lock:
            draw = Random(seed)
            taken = set(draw.sample(waiting._messages, len(waiting._messages) // 3))
            waiting._messages = [one for one in waiting._messages if one not in taken]
        for message in taken:
            attributes = message.message_attributes
            lost[attributes["service"]["StringValue"]] += 1
            if attributes["change"]["StringValue"] != "UNCHANGED":
                changes[attributes["service"]["StringValue"]] += 1
    ran = ready.look(ready.here.aws.wait(execution), {})

    assert ran.output["reconciled"] is False
    assert ran.output["totals"]["difference"] == lost.total() > 0
    for service, figures in ran.output["services"].items():
        assert figures["difference"] == lost[service]
        assert figures["reconciled"] is (lost[service] == 0)
    assert judge(ran, frozenset(ready.clean)).is_sound

    healed = ready.heal()
    assert healed.output["totals"]["healed"] == changes.total() > 0
    for service, figures in healed.output["services"].items():
        assert figures["healed"] == changes[service]


@contextmanager
def no_reporter(ground: Ground) -> Iterator[None]:
    """Keep messages in the queue while the block runs."""
    [mapping] = ground.here.aws.stack.of_type("AWS::Lambda::EventSourceMapping")
    client = ground.here.aws.client("lambda")
    client.update_event_source_mapping(UUID=mapping.physical_id, Enabled=False)
    try:
        yield
    finally:
        client.update_event_source_mapping(UUID=mapping.physical_id, Enabled=True)


def all_published(ground: Ground, execution: str) -> bool:
    """Tell whether every collection of an execution has ended."""
    rows = ground.here.runs_rows()
    ids = [sk for (_, sk), row in rows.items() if row.get("executionArn") == execution]
    if not ids:
        return False
    planned = ground.here.ledger(ids[0], "collection")
    regions = {(*place, region) for place, row in planned.items() for region in row["regions"]}
    is_begun = len(planned) == 2 * len(ground.services)
    return is_begun and regions <= ground.here.scopes(ids[0]).keys()
