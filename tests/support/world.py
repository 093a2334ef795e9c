"""A simulated organisation with the stack in its hub: helpers to run it and inspect results."""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.backends import get_backend

from cidb2.aws.attributes import from_attributes
from cidb2.aws.table import Table
from cidb2.items.claim_check import ClaimCheck
from cidb2.items.inventory import Inventory
from cidb2.ledger.coverage_row import by_service
from cidb2.ledger.packing import best, by_collection
from cidb2.ledger.partitions import run_partitions
from cidb2.scope import Scope
from local.commands.member_roles import deploy_member_roles
from local.deployment.stack import Stack
from local.emulator.embedded import EmbeddedAws
from local.emulator.outcomes import Execution
from local.gateway.call import Call
from local.simulation import truth
from local.simulation.check import JSON_TEXT, Report, compare, stored_items
from local.simulation.expectation import Expectation, expect
from local.simulation.population import REGIONS, Organisation
from local.simulation.truth import Item
from tests.support.template import TEMPLATE

LONGEST_RUN_SECONDS = 240

PLANTED_SERVICES = ("iam", "kms", "ec2", "s3", "lambda")
"""The services used in the simulated accounts: the default of runs without `services`.

Each further collector would start a process and an execution for each account, and find nothing.
"""

Row = dict[str, Any]
ScopeKey = tuple[str, str, str]
"""Service, account and region."""

PUBLISHING = ("Publish", "PublishBatch")


@dataclass(frozen=True)
class Taken:
    """A finished inventory: its execution and full summary."""

    execution: Execution
    summary: Row

    @property
    def run_id(self) -> str:
        return str(self.summary["runId"])

    @property
    def totals(self) -> Row:
        totals: Row = self.summary["totals"]
        return totals


@dataclass(frozen=True)
class Publication:
    """A message as sent to the topic; `attributes` are plain strings."""

    item: Item
    attributes: dict[str, str]
    size: int


@dataclass(frozen=True)
class PublishRequest:
    """A Publish or PublishBatch request to SNS, and its HTTP status."""

    publications: tuple[Publication, ...]
    status: int

    @property
    def size(self) -> int:
        """Return the size that SNS counts, in bytes."""
        return sum(each.size for each in self.publications)


class World:
    """The embedded AWS with the stack and a planted organisation."""

    def __init__(self, aws: EmbeddedAws, planted: Organisation, stack: Stack | None = None) -> None:
        self.aws = aws
        self.planted = planted
        self.stack = stack or aws.stack
        self.roles: dict[str, Stack] = {}  # the collector role's stacks, by account

    def healthy(self) -> list[str]:
        """Return the ids of the healthy member accounts."""
        return [account.id for account in self.planted.accounts if account.condition == "healthy"]

    # --- running ----------------------------------------------------------------------------

    @contextmanager
    def configured(
        self, function: str, variables: Mapping[str, str] | None = None, **configuration: Any
    ) -> Iterator[None]:
        """Change a function's environment variables and configuration during the block."""
        client, name = self.aws.client("lambda"), self.aws.stack.physical_id(function)
        before = client.get_function_configuration(FunctionName=name)
        changed = before["Environment"]["Variables"] | (variables or {})
        configuration |= {"Environment": {"Variables": changed}}
        client.update_function_configuration(FunctionName=name, **configuration)
        try:
            yield
        finally:
            restored = {setting: before[setting] for setting in configuration}
            client.update_function_configuration(FunctionName=name, **restored)

    def take_inventory(
        self, wanted: Mapping[str, Any] | None = None, timeout: float = LONGEST_RUN_SECONDS
    ) -> Taken:
        """Run the state machine; it must succeed."""
        return self.taken(self.run(wanted or {}, timeout))

    def run(self, wanted: Any, timeout: float = LONGEST_RUN_SECONDS) -> Execution:
        """Run the state machine until it ends; raises TimeoutError after `timeout` seconds."""
        return self.aws.wait(self.start(wanted), timeout)

    def start(self, wanted: Any) -> str:
        """Start the state machine and return the execution's ARN."""
        if isinstance(wanted, Mapping):
            wanted = {"services": [*PLANTED_SERVICES], **wanted}
        started = self.aws.client("stepfunctions").start_execution(
            stateMachineArn=self.stack.outputs["StateMachineArn"], input=json.dumps(wanted)
        )
        return str(started["executionArn"])

    def taken(self, execution: Execution) -> Taken:
        """Return the result of a successful execution."""
        assert execution.status == "SUCCEEDED", (execution.error, execution.cause)
        place = execution.output["summary"]
        return Taken(execution, json.loads(self.object(place["key"])))

    # --- inspection -------------------------------------------------------------------------

    def expected(self, wanted: Mapping[str, Any] | None = None) -> Expectation:
        """Return what a run with this input must find in the accounts now."""
        named = (wanted or {}).get("accounts")
        everywhere = [account.id for account in self.planted.accounts]
        accounts = named if isinstance(named, list) else everywhere
        standing = truth.read(self.aws.client, accounts, self.planted.regions)
        services = {"services": [*PLANTED_SERVICES]}
        return expect(standing, services | {**(wanted or {})}, self.planted)

    def compare(self, wanted: Mapping[str, Any] | None = None) -> Report:
        """Compare the inventory table with what a run with this input must find."""
        expected = self.expected(wanted)
        return compare(expected.found, self.inventory(), expected.hidden)

    def compare_found(self, taken: Taken, wanted: Mapping[str, Any]) -> Report:
        """Compare what one run stored with what it had to find."""
        stored = self.inventory()
        own = {arn: item for arn, item in stored.items() if item["runId"] == taken.run_id}
        return compare(self.expected(wanted).found, own)

    def compare_services(self, wanted: Mapping[str, Any]) -> Report:
        """Compare the table for the accounts and services in `wanted`."""
        stored = {
            arn: item
            for arn, item in self.inventory().items()
            if item["accountId"] in wanted["accounts"]
            and Scope.parse(item["scope"]).service in wanted["services"]
        }
        return compare(self.expected(wanted).found, stored)

    def inventory(self) -> dict[str, Item]:
        """Return the complete current items by ARN, including tombstones."""
        return stored_items(self._table("InventoryTableName"), self.aws.client("s3"))

    def inventory_rows(self) -> dict[tuple[str, str], Row]:
        """Return all rows of the inventory table in stored form, by pk and sk."""
        return self._rows("InventoryTableName")

    def runs_rows(self) -> dict[tuple[str, str], Row]:
        """Return all rows of the runs table, by pk and sk."""
        return self._rows("RunsTableName")

    def ledger(self, run_id: str, kind: str) -> dict[tuple[str, ...], Row]:
        """Return a run's rows of one kind, by the rest of their keys."""
        found, partitions = {}, run_partitions(run_id)
        for (pk, sk), row in self.runs_rows().items():
            head, *rest = sk.split("#")
            if pk in partitions and head == kind:
                found[tuple(rest)] = row
        return found

    def run_row(self, run_id: str) -> Row:
        """Return the run's own row."""
        return self.runs_rows()["runs", run_id]

    def coverage(self) -> dict[ScopeKey, Row]:
        """Return the coverage rows by service, account and region."""
        return {
            (service, row["accountId"], region): covered.row(row["accountId"], service, region)
            for row in self.runs_rows().values()
            if row["sk"].startswith("covered#")
            for service, regions in by_service([row])
            for region, covered in regions.items()
        }

    def scopes(self, run_id: str) -> dict[ScopeKey, Row]:
        """Return all scopes of a run by service, account and region."""
        rows = self.ledger(run_id, "scope")
        packed = [row for _, row in sorted(rows.items())]
        return {
            (scope["service"], scope["accountId"], scope["awsRegion"]): scope
            for of_one in by_collection(packed)
            for scope in best(of_one)
        }

    def outcomes(self, run_id: str) -> dict[ScopeKey, tuple[str, str | None]]:
        """Return the outcome and reason of all scopes of a run."""
        return {
            place: (scope["outcome"], scope.get("reason"))
            for place, scope in self.scopes(run_id).items()
        }

    def item(self, arn: str) -> Item:
        """Return one complete current item."""
        row: Item = {"resourceName": None, "unreadable": {}}
        row |= self.inventory_rows()[arn, "current"]
        if "pointer" in row:
            row |= json.loads(self.object(row["pointer"]["key"]))
        else:
            row |= {name: json.loads(row[name]) for name in JSON_TEXT}
        return row

    def versions(self) -> dict[str, list[Row]]:
        """Return all items' versions by ARN, oldest first."""
        versions = defaultdict(list)
        for (pk, sk), row in sorted(self.inventory_rows().items()):
            if sk.startswith("version#"):
                versions[pk].append(row)
        return versions

    def changes(self, run_id: str) -> list[Row]:
        """Return a run's changes, as read by the product's own code."""
        outputs, hub = self.stack.outputs, self.aws.client
        table = Table(hub("dynamodb"), outputs["InventoryTableName"])
        inventory = Inventory(table, ClaimCheck(hub("s3"), outputs["ResultsBucketName"]))
        return [*inventory.changes(run_id, self.scopes(run_id).values())]

    def object(self, key: str) -> bytes:
        """Return an object of the results bucket."""
        bucket = self.stack.outputs["ResultsBucketName"]
        answer = self.aws.client("s3").get_object(Bucket=bucket, Key=key)
        body: bytes = answer["Body"].read()
        return body

    def keys(self, prefix: str = "") -> list[str]:
        """Return the keys of the results bucket."""
        pages = (
            self.aws.client("s3")
            .get_paginator("list_objects_v2")
            .paginate(Bucket=self.stack.outputs["ResultsBucketName"], Prefix=prefix)
        )
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    @contextmanager
    def watching_topic(self) -> Iterator[list[PublishRequest]]:
        """Record all requests to publish items during the block, including rejected ones."""
        topic = self.stack.outputs["TopicArn"]
        requests: list[PublishRequest] = []

        def watch(call: Call) -> None:
            if call.operation in PUBLISHING and call.parameters["TopicArn"] == topic:
                entries = call.parameters.get("PublishBatchRequestEntries") or [call.parameters]
                sent = tuple(_publication(entry) for entry in entries)
                requests.append(PublishRequest(sent, call.status))

        with self.watching(watch):
            yield requests

    @contextmanager
    def watching(self, observer: Callable[[Call], None]) -> Iterator[None]:
        """Pass every call to `observer` during the block."""
        observers = self.aws.cloud.front.observers
        observers.append(observer)
        try:
            yield
        finally:
            observers.remove(observer)

    def _rows(self, output: str) -> dict[tuple[str, str], Row]:
        items = self._table(output).all_items()
        rows = [from_attributes(item.to_json()["Attributes"]) for item in items]
        return {(row["pk"], row["sk"]): row for row in rows}

    def _table(self, output: str) -> Any:
        """Return moto's own items of a table: a Scan of 1,000 items takes two seconds."""
        tables = get_backend("dynamodb")[self.stack.account][self.stack.region].tables
        return tables[self.stack.outputs[output]]


@contextmanager
def world(
    planted: Organisation | None = None,
    *,
    template: Path = TEMPLATE,
    parameters: dict[str, Any] | None = None,
    environments: int = 1,
    redelivery_seconds: int | None = None,
    time_scale: float = 1,
    each_type: bool = False,
) -> Iterator[World]:
    """Plant an organisation, and deploy the stack in its hub and the role in its accounts.

    With `each_type`, the first member account has at least one resource of every type.
    `environments` limits the processes per function; each takes a second to start.
    """
    planted = planted or Organisation(2, 40, REGIONS[:3], seed=7)
    with EmbeddedAws(
        template,
        parameters,
        before_deploy=lambda aws: planted.plant(aws.client if each_type else None),
        environments=environments,
        redelivery_seconds=redelivery_seconds,
        time_scale=time_scale,
    ) as aws:
        made = World(aws, planted)
        made.roles = deploy_member_roles(aws, planted)
        yield made


def eventually(condition: Callable[[], Any], seconds: float = 30) -> Any:
    """Return the result of `condition` once it is true; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "the condition did not become true in time"
        time.sleep(0.05)
    return found


def _publication(entry: Mapping[str, Any]) -> Publication:
    sent = entry["MessageAttributes"] or {}
    size = len(entry["Message"].encode()) + sum(
        len(text.encode())
        for name, value in sent.items()
        for text in (name, value["DataType"], value["StringValue"])
    )
    attributes = {name: value["StringValue"] for name, value in sent.items()}
    return Publication(json.loads(entry["Message"]), attributes, size)
