"""Messages that somebody else than a collector put into the queue, and that speak for another."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from random import Random
from typing import Any, cast

from cidb2.items.item import CLAIMED
from cidb2.validation import validator
from local.simulation.truth import Item
from tests.faults.ground import Ground, queue
from tests.support.world import eventually

TIMES = 2
"""How often each message comes."""

KEY = "AWS::KMS::Key"
FUTURE = "2099-01-01T00:00:00.000000Z"
CONTENT = {"configuration": {"Description": "forged"}, "contentHash": "0" * 64}


def _anothers_arn(own: Item, victim: Item) -> Item:
    place = {name: own[name] for name in ("accountId", "scope", "awsRegion")}
    return {**victim, **CONTENT, **place}


def _in_the_future(own: Item, _: Item) -> Item:
    return {**own, **CONTENT, "configurationItemCaptureTime": FUTURE}


def _pointing(key: str, bucket: str) -> Callable[[Item, Item], Item]:
    def forge(own: Item, victim: Item) -> Item:
        pointer = {"bucket": bucket, "key": key.format(scope=victim["scope"], name="0" * 64)}
        small = {name: value for name, value in own.items() if name not in CLAIMED}
        return {**small, "contentHash": CONTENT["contentHash"], "pointer": pointer}

    return forge


RESULTS = "the results bucket"
FORGERIES: Mapping[str, Callable[[Item, Item], Item]] = {
    "another's ARN": _anothers_arn,
    "a time to come": _in_the_future,
    "a stranger's bucket": _pointing("oversize/{scope}/{name}.json", "bucket-of-a-stranger"),
    "another scope's object": _pointing("oversize/{scope}/{name}.json", RESULTS),
    "another prefix": _pointing("runs/{scope}/{name}.json", RESULTS),
}


@contextmanager
def forged(ground: Ground, kind: str) -> Iterator[None]:
    """Send forged messages among genuine old ones, in any order, before a run and after it.

    Those that are forged must end in the dead-letter queue, and of the others none.
    """
    accounts = (ground.member, ground.here.aws.stack.account)
    own, victim = (_key(ground, account) for account in accounts)
    forgery = FORGERIES[kind](own, victim)
    if forgery.get("pointer", {}).get("bucket") == RESULTS:
        forgery["pointer"]["bucket"] = ground.here.aws.stack.outputs["ResultsBucketName"]
    bad, good = json.dumps(forgery), [json.dumps(item) for item in (own, victim)]
    bodies = [bad, *good] * TIMES
    Random(kind).shuffle(bodies)
    _send(ground, bodies)
    yield
    before = ground.here.inventory()
    _send(ground, bodies)
    assert ground.here.inventory() == before
    dead = Counter(message.body for message in queue(ground.here, "DeadLetterQueueUrl")._messages)
    assert dead == {bad: 2 * TIMES}, dead


def _key(ground: Ground, account: str) -> Item:
    """Return the message of an account's first key, as its collector published it."""
    arn, *_ = sorted(
        arn
        for arn, item in ground.here.inventory().items()
        if (item["accountId"], item["resourceType"]) == (account, KEY)
        and item["configurationItemStatus"] == "OK"
    )
    members = cast("dict[str, Any]", validator("item").schema)["properties"]
    item = ground.here.item(arn)
    return {name: value for name, value in item.items() if name in members}


def _send(ground: Ground, bodies: list[str]) -> None:
    sqs, url = ground.here.aws.client("sqs"), ground.here.aws.stack.outputs["QueueUrl"]
    for body in bodies:
        sqs.send_message(QueueUrl=url, MessageBody=body)
    eventually(lambda: not queue(ground.here, "QueueUrl")._messages)
