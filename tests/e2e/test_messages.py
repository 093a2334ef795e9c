"""From the collectors through SNS and SQS to the table: size, number, repetition, and poison."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.backends import get_backend

from local.simulation.population import REGIONS, Organisation, kms, s3
from local.simulation.population.site import Site
from local.simulation.truth import Item
from tests.support.world import PublishRequest, Taken, World, eventually, world

SNS_LIMIT_BYTES = 262_144
NUMBERS = (0, 1, 10, 11, 100, 101, 1_000)
REGION = REGIONS[0]
RULES_OF_A_QUARTER = 260
"""Lifecycle rules that make of a bucket's description about a quarter of what SNS takes."""

DELIVERIES = 5
"""How often the queue hands a message over before it is dead."""


@pytest.fixture(scope="module")
def here() -> Iterator[World]:
    planted = Organisation(len(NUMBERS) + 3, 0, (REGION,), seed=21)
    with world(planted, redelivery_seconds=0, time_scale=5) as made:
        yield made


# --- number -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def numbers(here: World) -> tuple[Taken, dict[int, str], list[PublishRequest]]:
    """Return a run over accounts that hold 0 to 1,000 keys, by their number."""
    accounts = dict(zip(NUMBERS, here.healthy()[3:], strict=True))
    for number, account in accounts.items():
        site, backend = Site(account, 0, (REGION,), Random(number)), get_backend("kms")
        for _ in range(number):
            kms._plant_aws_key(site, backend[account][REGION])  # of AWS's: read by one call
    with here.watching_topic() as requests:
        taken = here.take_inventory({"accounts": [*accounts.values()], "services": ["kms"]})
    return taken, accounts, requests


@pytest.mark.parametrize(
    ("number", "batches", "requests"),
    [(0, 0, 0), (1, 1, 1), (10, 1, 1), (11, 2, 2), (100, 10, 10), (101, 6, 11), (1_000, 50, 100)],
)
def test_any_number_of_messages_goes_out_in_the_right_batches_each_once(
    here: World,
    numbers: tuple[Taken, dict[int, str], list[PublishRequest]],
    number: int,
    batches: int,
    requests: int,
) -> None:
    taken, accounts, all_requests = numbers
    account = accounts[number]
    own = [one for one in all_requests if one.publications[0].attributes["accountId"] == account]
    arns = [each.item["arn"] for one in own for each in one.publications]
    stored = {
        row["arn"]
        for (_, sk), row in here.inventory_rows().items()
        if sk == "current" and row["accountId"] == account
    }

    assert len(arns) == len(set(arns)) == number
    assert stored == set(arns)
    assert len(own) == requests
    assert all(len(one.publications) <= 10 for one in own)
    row = here.ledger(taken.run_id, "collection")["kms", account]
    if not number:
        assert "publishing" not in row
        return
    figures = row["publishing"]
    assert figures["messages"] == figures["succeeded"] == number
    assert figures["batches"] == batches
    assert figures["requests"] == requests
    assert figures["bytes"] == sum(one.size for one in own)
    assert (figures["failed"], figures["retries"], figures["failedMessages"]) == (0, 0, [])


def test_the_summary_adds_the_batches_of_all_accounts_up(
    numbers: tuple[Taken, dict[int, str], list[PublishRequest]],
) -> None:
    taken, _, requests = numbers
    publishing = taken.summary["services"]["kms"]["publishing"]
    assert publishing["messages"] == publishing["succeeded"] == sum(NUMBERS)
    assert publishing["requests"] == len(requests)
    assert publishing["bytes"] == sum(one.size for one in requests)
    assert (taken.totals["stored"], taken.totals["duplicate"]) == (sum(NUMBERS), 0)


# --- size ---------------------------------------------------------------------------------------


def test_an_item_that_no_message_holds_arrives_whole(here: World) -> None:
    wanted = {"accounts": here.healthy()[:1], "services": ["s3"]}
    with here.watching_topic() as requests:
        here.take_inventory(wanted)
    [bucket] = [
        item
        for item in here.expected(wanted).found.values()
        if len(json.dumps(item["supplementaryConfiguration"])) > SNS_LIMIT_BYTES
    ]
    [message] = [
        each.item
        for one in requests
        for each in one.publications
        if each.item["arn"] == bucket["arn"]
    ]
    row = here.inventory_rows()[bucket["arn"], "current"]
    [version] = here.versions()[bucket["arn"]]

    assert all(one.size <= SNS_LIMIT_BYTES and one.status == 200 for one in requests)
    assert not message.keys() & {"tags", "configuration", "supplementaryConfiguration"}
    assert row["pointer"] == version["pointer"] == message["pointer"]
    assert len(here.object(row["pointer"]["key"])) > SNS_LIMIT_BYTES
    assert list(here.compare_services(wanted).lines()) == []


def test_an_oversize_item_that_is_deleted_keeps_what_was_last_known(here: World) -> None:
    account = here.healthy()[1]
    wanted = {"accounts": [account], "services": ["s3"]}
    before = here.expected(wanted).found.keys()
    s3.plant_oversize_bucket(Site(account, 0, (REGION,), Random(1)))
    here.take_inventory(wanted)
    found = here.expected(wanted).found
    [known] = [found[arn] for arn in found.keys() - before]
    here.aws.client("s3", account).delete_bucket(Bucket=known["resourceId"])
    taken = here.take_inventory(wanted)

    stone = here.item(known["arn"])
    assert taken.totals["deleted"] == 1
    assert stone["configurationItemStatus"] == "ResourceDeleted"
    for name in ("configuration", "supplementaryConfiguration", "tags"):
        assert stone[name] == known[name]


def test_items_that_together_exceed_a_request_are_split_over_several(here: World) -> None:
    account = here.healthy()[2]
    plant_large_buckets(account, 12)
    wanted = {"accounts": [account], "services": ["s3"]}
    with here.watching_topic() as requests:
        taken = here.take_inventory(wanted)

    assert len(requests) > 2  # what two batches of 10 and 2 would take without the limit
    assert [one.status for one in requests] == [200] * len(requests)
    assert all(one.size <= SNS_LIMIT_BYTES for one in requests)
    assert any(len(one.publications) > 1 for one in requests)
    arns = [each.item["arn"] for one in requests for each in one.publications]
    assert len(arns) == len(set(arns)) == 12
    publishing = taken.summary["services"]["s3"]["publishing"]
    assert (publishing["batches"], publishing["requests"]) == (2, len(requests))
    assert (publishing["failed"], publishing["retries"]) == (0, 0)
    assert list(here.compare_services(wanted).lines()) == []


def test_the_embedded_sns_refuses_what_the_real_one_refuses(here: World) -> None:
    sns, topic = here.aws.client("sns"), here.aws.stack.outputs["TopicArn"]
    with pytest.raises(ClientError, match="BatchRequestTooLong"):
        sns.publish_batch(
            TopicArn=topic,
            PublishBatchRequestEntries=[
                {"Id": str(number), "Message": "x" * (SNS_LIMIT_BYTES // 2)} for number in range(3)
            ],
        )
    with pytest.raises(ClientError, match="too long"):
        sns.publish(TopicArn=topic, Message="x" * (SNS_LIMIT_BYTES + 1))


def plant_large_buckets(account: str, number: int) -> None:
    site = Site(account, 0, (REGION,), Random(2))
    for _ in range(number):
        bucket = s3._plant_bucket(site)
        bucket.set_lifecycle(
            [s3._rule(f"rule {n}: {'x' * 80}", f"{n}/", 400) for n in range(RULES_OF_A_QUARTER)]
        )


# --- repetition ---------------------------------------------------------------------------------


def test_the_same_message_three_times_is_stored_once(here: World) -> None:
    item = an_item("20260101T000000Z-00000003", "thrice")
    for _ in range(3):
        publish(here, item)
    counts = eventually(lambda: handled(here, item["runId"], 3))

    assert counts == {"stored": 1, "duplicate": 2}
    assert here.item(item["arn"])["contentHash"] == item["contentHash"]
    assert len(here.versions()[item["arn"]]) == 1


def test_a_message_that_comes_late_changes_nothing_but_history(here: World) -> None:
    run_id = "20260101T000000Z-00000004"
    newer = an_item(run_id, "late")
    older = newer | {"configurationItemCaptureTime": "2026-01-01T00:00:00.000000Z"}
    publish(here, newer)
    eventually(lambda: handled(here, run_id, 1))
    before = here.inventory_rows()[newer["arn"], "current"]
    publish(here, older)
    counts = eventually(lambda: handled(here, run_id, 2))

    assert counts == {"stored": 1, "superseded": 1}
    assert here.inventory_rows()[newer["arn"], "current"] == before
    assert len(here.versions()[newer["arn"]]) == 2


# --- poison -------------------------------------------------------------------------------------

POISON: dict[str, str | dict[str, Any]] = {
    "no JSON": "{",
    "no text": '"arn:aws:s3:::a"',
    "empty": "{}",
    "of another version": {"schemaVersion": "2.0"},
    "of no account": {"accountId": "12345"},
    "without a hash": {"contentHash": None},
    "with a field too many": {"extra": 1},
    "of an unknown change": {"change": "EXPLODED"},
}
FORGED: dict[str, dict[str, Any]] = {
    "of another account": {"accountId": "234567890123"},
    "of another service": {"scope": "999988887777/kms/us-east-1"},
    "under another's ARN": {"arn": "arn:aws:iam::234567890123:role/admin"},
    "of another region": {"awsRegion": "mars-1"},
    "of another day": {"configurationItemCaptureTime": "9999-12-31T23:59:59.999999Z"},
    "of another run": {"runId": "20260201T000000Z-00000005"},
}


def test_poison_ends_in_the_dead_letter_queue_and_its_neighbours_are_stored_once(
    here: World,
) -> None:
    run_id = "20260101T000000Z-00000005"
    poison = {
        name: body if isinstance(body, str) else json.dumps(an_item(run_id, name) | body)
        for name, body in {**POISON, **FORGED}.items()
    }
    neighbours = [an_item(run_id, f"neighbour-{number}") for number in range(3)]
    sent = send(here, [*poison.values(), *map(json.dumps, neighbours)])

    dead = eventually(lambda: dead_letters(here, len(poison)))
    assert sorted(dead) == sorted(poison.values())
    assert handled(here, run_id, len(neighbours)) == {"stored": len(neighbours)}
    versions = here.versions()
    assert [len(versions[item["arn"]]) for item in neighbours] == [1, 1, 1]
    reasons = refusals(here)
    for message_id, name in zip(sent, poison, strict=False):
        expected = "INCONSISTENT_MESSAGE: " if name in FORGED else "UNKNOWN_MESSAGE: "
        assert len(reasons[message_id]) == DELIVERIES
        assert all(reason.startswith(expected) for reason in reasons[message_id])
    for message_id in sent[len(poison) :]:
        assert message_id not in reasons


def an_item(run_id: str, name: str) -> Item:
    """Return an item of a bucket that nobody planted."""
    name = re.sub(r"[^a-z0-9-]", "-", name)
    return {
        "schemaVersion": "1.0",
        "runId": run_id,
        "scope": "999988887777/s3/global",
        "change": "CREATED",
        "accountId": "999988887777",
        "awsRegion": REGION,
        "resourceType": "AWS::S3::Bucket",
        "resourceId": name,
        "resourceName": name,
        "arn": f"arn:aws:s3:::{name}",
        "tags": {},
        "configuration": {"Name": name},
        "supplementaryConfiguration": {},
        "configurationItemCaptureTime": "2026-01-02T03:04:05.678901Z",
        "configurationItemStatus": "ResourceDiscovered",
        "contentHash": "0" * 64,
        "unreadable": {},
    }


def publish(here: World, item: Item) -> None:
    topic = here.aws.stack.outputs["TopicArn"]
    here.aws.client("sns").publish(TopicArn=topic, Message=json.dumps(item))


def send(here: World, bodies: Sequence[str]) -> list[str]:
    """Put messages into the reporter's queue and return their ids."""
    sqs, queue = here.aws.client("sqs"), here.aws.stack.outputs["QueueUrl"]
    return [sqs.send_message(QueueUrl=queue, MessageBody=body)["MessageId"] for body in bodies]


def handled(here: World, run_id: str, number: int) -> Counter[str]:
    """Return what the reporter made of a run's messages, nothing while there are not `number`."""
    counts: Counter[str] = Counter()
    for row in here.ledger(run_id, "stored").values():
        counts.update({k: row.get(k, 0) for k in ("stored", "superseded", "duplicate")})
    return +counts if counts.total() == number else Counter()


def dead_letters(here: World, number: int) -> list[str]:
    """Return the bodies in the dead-letter queue, nothing while there are not `number`."""
    sqs, queue = here.aws.client("sqs"), here.aws.stack.outputs["DeadLetterQueueUrl"]
    name = "ApproximateNumberOfMessages"
    found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=[name])["Attributes"][name]
    if int(found) < number:
        return []
    bodies: list[str] = []
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        bodies += [message["Body"] for message in messages]
    return bodies


def refusals(here: World) -> dict[str, list[str]]:
    """Return the reasons that the reporter logged, by message."""
    reasons: dict[str, list[str]] = {}
    for line in here.aws.logs("ReporterFunction").splitlines():
        entry: dict[str, Any] = json.loads(line) if line.startswith("{") else {}
        if entry.get("message") == "A message could not be stored":
            reasons.setdefault(entry["message_id"], []).append(entry["reason"])
    return reasons
