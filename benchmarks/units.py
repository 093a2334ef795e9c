"""Counts DynamoDB's requests and write units for storing one item of each kind.

The store writes real items into the template's table on the embedded AWS, which charges as AWS
documents (`local/patches/capacity.py`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from unittest import mock

from botocore.session import Session
from samtranslator.yaml_helper import yaml_parse

from benchmarks.cold_start import ROOT
from benchmarks.hub import INVENTORY_TABLE
from benchmarks.messages import published
from benchmarks.page import Table
from benchmarks.request import REGION
from benchmarks.sample import Samples
from cidb2.aws.clients import Clients
from cidb2.aws.usage import WRITE_UNITS
from cidb2.items.item import Item
from functions.reporter.store import Outcome, Store
from local.emulator.cloud import Cloud
from local.gateway.identity import operator

RESOURCES = 110
KINDS: Mapping[str, tuple[Mapping[str, str], Outcome]] = {
    "new": ({"change": "CREATED", "configurationItemCaptureTime": "1"}, Outcome.STORED),
    "unchanged": ({"change": "UNCHANGED", "configurationItemCaptureTime": "2"}, Outcome.STORED),
    "changed": (
        {"change": "CHANGED", "configurationItemCaptureTime": "3", "contentHash": "f" * 64},
        Outcome.STORED,
    ),
    "duplicate": (
        {"change": "CHANGED", "configurationItemCaptureTime": "3", "contentHash": "f" * 64},
        Outcome.DUPLICATE,
    ),
}
"""The message's fields and the expected outcome by kind, in order of execution."""


class NotSoStoredError(Exception):
    """An item's outcome was not the expected one."""


@dataclass(frozen=True)
class Cost:
    """Average cost per item."""

    requests: float
    write_units: float


def measure(samples: Samples) -> Table:
    """Return requests and write units per item, by kind."""
    rows = [(kind, each.requests, each.write_units) for kind, each in of(bodies(samples)).items()]
    return Table(("item", "requests", "write units"), rows)


def bodies(samples: Samples) -> tuple[str, ...]:
    return tuple(message.body for message in published(samples, RESOURCES))


@cache
def of(messages: Sequence[str]) -> Mapping[str, Cost]:
    """Return the storage cost by kind; `messages` come from the collectors."""
    items: list[Item] = [json.loads(body) for body in messages]
    with Cloud() as cloud:
        template = yaml_parse((ROOT / "template.yaml").read_text())
        properties = template["Resources"]["InventoryTable"]["Properties"]
        kept = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
        cloud.client("dynamodb").create_table(
            TableName=INVENTORY_TABLE, **{name: properties[name] for name in kept}
        )
        session = Session()
        session.set_credentials(*vars(operator(cloud.account, REGION)).values())
        with mock.patch.dict("os.environ", {"AWS_ENDPOINT_URL": cloud.endpoint}):
            clients = Clients(session, REGION, 1)
            store = Store(
                clients.client("dynamodb"),
                INVENTORY_TABLE,
                version_retention_days=400,
                tombstone_retention_days=90,
            )
            return {kind: _stored(clients, store, items, kind) for kind in KINDS}


def _stored(clients: Clients, store: Store, items: Sequence[Item], kind: str) -> Cost:
    said, wanted = KINDS[kind]
    moment = f"2026-11-2{said['configurationItemCaptureTime']}T00:00:00.000000Z"
    before = clients.counts.requests_so_far().total()
    for item in items:
        one: Item = {**item, **said, "configurationItemCaptureTime": moment}  # type: ignore[typeddict-item]
        if store.store(one) is not wanted:
            raise NotSoStoredError(f"{kind}: {item['arn']}")
    requests = clients.counts.requests_so_far().total() - before
    return Cost(requests / len(items), clients.counts.take_used()[WRITE_UNITS] / len(items))
