"""A hub stack in moto, with the names from `events/` and the template's keys and indexes.

A hub invokes the real handlers, delivers their messages, and returns their results.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from operator import attrgetter
from typing import Any
from unittest import mock

from moto import mock_aws
from moto.iam.models import Policy

from cidb2.aws.attributes import from_attributes
from cidb2.aws.clients import hub_clients
from cidb2.aws.table import Row, Table
from cidb2.collecting import handler as collector
from cidb2.items.item import Item
from cidb2.items.rows import CURRENT, item_of
from cidb2.ledger.partitions import shard_of
from cidb2.ledger.writer import Ledger
from cidb2.services import COLLECTOR_OF, COLLECTORS, SERVICES
from functions.initializer import app as initializer
from functions.reporter import app as reporter
from functions.results_processor import app as results_processor
from local.deployment.intrinsics import Resolver
from local.patches import ec2_operations, organizations, speed, tables
from local.patches.replacement import put_in_place
from tests.support.aws import HUB, MEMBER, REGION, client
from tests.support.builders import RUN_ID
from tests.support.corrections import correct
from tests.support.invocation import invoke, plenty
from tests.support.template import TEMPLATE, function_variables, parsed
from tests.support.wire import Wire, wired

BUCKET = "cidb2-dev-resultsbucket"
INVENTORY_TABLE = "cidb2-dev-InventoryTable"
RUNS_TABLE = "cidb2-dev-RunsTable"
TOPIC_ARN = f"arn:aws:sns:{REGION}:{HUB}:cidb2-dev-InventoryTopic"
ROLE_NAME = "CIDB2-Collector-Role-cidb2-dev"
STARTED_AT = "2026-11-24T03:48:30.000Z"
RUN_TOPIC_ARN = f"arn:aws:sns:{REGION}:{HUB}:cidb2-dev-RunTopic"
STACK_ID = f"arn:aws:cloudformation:{REGION}:{HUB}:stack/cidb2-dev/6f0d3c1e-0000-4000"

_QUEUE = "cidb2-dev-ReporterQueue"
_NAMES = {
    "InventoryTable": INVENTORY_TABLE,
    "RunsTable": RUNS_TABLE,
    "ResultsBucket": BUCKET,
    "InventoryTopic": TOPIC_ARN,
    "RunTopic": RUN_TOPIC_ARN,
    "AWS::AccountId": HUB,
    "AWS::Partition": "aws",
    "AWS::StackId": STACK_ID,
    "AWS::StackName": "cidb2-dev",
}
_SQS_BATCH = 10


def run_state(run_id: str = RUN_ID, **changes: Any) -> dict[str, Any]:
    """Return a run as Initialize does; `changes` override its fields or those of its `config`."""
    config = {
        "batch_size": 10,
        "large_batch_size": 20,
        "large_batch_threshold": 100,
        "batch_delay_ms": 0,
        "sns_topic_arn": TOPIC_ARN,
        "publish": "full",
        "allow_mass_deletion": False,
    }
    state: dict[str, Any] = {
        "runId": run_id,
        "startedAt": STARTED_AT,
        "deadline": "2099-11-24T09:48:30Z",
        "services": [*SERVICES],
        "collectors": dict.fromkeys(COLLECTORS, True),
        "regions": [REGION],
        "excludedRegions": [],
        "accounts": {"bucket": BUCKET, "key": f"runs/{run_id}/accounts.json", "count": 1},
        "accountConcurrency": 50,
        "expiresAt": 1_830_000_000,
    }
    state["config"] = config | {name: changes.pop(name) for name in [*changes] if name in config}
    return state | changes


@dataclass(frozen=True)
class Hub:
    """The hub account's stack, and the wire between its functions and AWS.

    `parameters` override the template's defaults.
    """

    wire: Wire
    parameters: Mapping[str, str]

    def invoke(
        self, function: str, event: Any, remaining_ms: Callable[[], int] = plenty
    ) -> dict[str, Any]:
        """Return a function's response, in its environment from the template."""
        variables = function_environment(function, self.parameters) | {"AWS_REGION": REGION}
        with mock.patch.dict("os.environ", variables):
            return invoke(function, event, remaining_ms)

    def initialize(
        self, given: Any, execution: str = "example", *, started_at: str = STARTED_AT
    ) -> dict[str, Any]:
        """Return Initialize's run for an execution's input."""
        arn = f"arn:aws:states:{REGION}:{HUB}:execution:inventory:{execution}"
        event = {
            "input": given,
            "execution": {"id": arn, "startedAt": started_at},
        }
        run: dict[str, Any] = self.invoke("initializer", event)["run"]
        return run

    def collect(
        self,
        service: str,
        account: str = MEMBER,
        *,
        run: Mapping[str, Any] | None = None,
        continuation: Mapping[str, Any] | None = None,
        remaining_ms: Callable[[], int] = plenty,
    ) -> dict[str, Any]:
        """Return the response of a service's collector for an account and only that service."""
        event = {
            "run": {**(run or run_state()), "services": [service]},
            "account": {"accountId": account, "name": ""},
            "continuation": continuation,
        }
        return self.invoke(f"{COLLECTOR_OF[service]}_collector", event, remaining_ms)

    def take(self, service: str, account: str = MEMBER, **options: Any) -> dict[str, Item]:
        """Collect, deliver and return the items of the whole table."""
        answer = self.collect(service, account, **options)
        assert answer["status"] == "DONE"
        assert self.deliver() == []
        return self.items()

    def messages(self) -> list[dict[str, Any]]:
        """Receive all messages of the queue and return them as records of an event."""
        sqs, url = client("sqs"), self._queue_url
        records: list[dict[str, Any]] = []
        while received := sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=_SQS_BATCH, MessageAttributeNames=["All"]
        ).get("Messages"):
            for message in received:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                records.append(_record(message))
        return records

    def published(self) -> dict[str, Item]:
        """Receive all messages of the queue and return their items by ARN."""
        items = [json.loads(record["body"]) for record in self.messages()]
        return {item["arn"]: item for item in items}

    def deliver(self) -> list[str]:
        """Pass the queue's messages to the reporter and return those that it rejects."""
        records = self.messages()
        return self.report(records) if records else []

    def report(self, records: list[dict[str, Any]]) -> list[str]:
        """Pass a batch to the reporter and return the sorted ids of the rejected messages.

        The reporter stores them concurrently, so its order has no meaning.
        """
        answer = self.invoke("reporter", {"Records": records})
        return sorted(failure["itemIdentifier"] for failure in answer["batchItemFailures"])

    def keep_accounts(self, run: Mapping[str, Any], accounts: list[str]) -> None:
        """Write a run's list of accounts as Initialize does."""
        listed = [
            {"accountId": account, "name": "", "shard": shard_of(RUN_ID, account)}
            for account in accounts
        ]
        place = run["accounts"]
        client("s3").put_object(
            Bucket=place["bucket"], Key=place["key"], Body=json.dumps(listed).encode()
        )

    def process(
        self, run: Mapping[str, Any] | None = None, settlement: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the results processor's response."""
        event = {"run": run or run_state(), "settlement": settlement}
        return self.invoke("results_processor", event)

    def inventory(self) -> list[Row]:
        """Return all rows of the inventory table."""
        return _scan(INVENTORY_TABLE)

    def items(self) -> dict[str, Item]:
        """Return the current items by ARN, including tombstones."""
        return {row["pk"]: item_of(row) for row in self.inventory() if row["sk"] == CURRENT}

    def runs(self) -> list[Row]:
        """Return all rows of the runs table."""
        return _scan(RUNS_TABLE)

    def scopes(self, run_id: str = RUN_ID) -> dict[str, Row]:
        """Return a run's scope rows by account/service/region."""
        rows = self.ledger.scopes(run_id)
        return {f"{row['accountId']}/{row['service']}/{row['awsRegion']}": row for row in rows}

    @property
    def ledger(self) -> Ledger:
        return Ledger(Table(client("dynamodb"), RUNS_TABLE), retention_days=400)

    def stored_object(self, key: str) -> Any:
        """Return an object of the results bucket, parsed from JSON."""
        body = client("s3").get_object(Bucket=BUCKET, Key=key)["Body"]
        return json.loads(body.read())

    def objects(self) -> list[str]:
        """Return the keys of all objects of the results bucket."""
        listed = client("s3").list_objects_v2(Bucket=BUCKET)
        return [each["Key"] for each in listed.get("Contents", [])]

    @property
    def _queue_url(self) -> str:
        return str(client("sqs").get_queue_url(QueueName=_QUEUE)["QueueUrl"])


@contextmanager
def deployed(**parameters: str) -> Iterator[Hub]:
    """Yield a new, empty hub; `parameters` are those of the template."""
    with ExitStack() as stack:
        stack.enter_context(mock_aws())
        # moto generates an RSA key for each key (80 ms); only signing needs it.
        stack.enter_context(mock.patch("moto.kms.models.generate_private_key", autospec=True))
        for name in ("id", "name"):
            # moto's GetAccountAuthorizationDetails expects other names.
            value = property(attrgetter(name))
            stack.enter_context(mock.patch.object(Policy, f"policy_{name}", value, create=True))
        put_in_place(ec2_operations.replacements(), stack)
        put_in_place(organizations.replacements(), stack)
        put_in_place(speed.of_moto(), stack)
        put_in_place(tables.atomic(), stack)
        _start_anew(stack)
        wire = stack.enter_context(wired())
        correct(wire)
        _create_resources()
        yield Hub(wire, parameters)


def function_environment(function: str, parameters: Mapping[str, str]) -> dict[str, str]:
    """Return a function's environment variables, as in a deployed stack."""
    defaults = {name: str(each["Default"]) for name, each in parsed(TEMPLATE)["Parameters"].items()}
    values = _NAMES | defaults | dict(parameters)
    mappings, conditions = parsed(TEMPLATE)["Mappings"], parsed(TEMPLATE)["Conditions"]
    resolver = Resolver(values, _no_attribute, mappings, conditions)
    return {
        name: str(resolver.resolve(value)) for name, value in function_variables(function).items()
    }


def _no_attribute(logical_id: str, name: str) -> Any:
    raise AssertionError(f"no function needs {logical_id}.{name}")


def _start_anew(stack: ExitStack) -> None:
    """Reset the caches of execution environments, and end this one's threads with the stack."""
    for kept in (
        hub_clients,
        collector._dependencies,
        initializer._initializer,
        reporter._settings,
        reporter._executor,
        reporter._reporter,
        results_processor._processor,
    ):
        kept.cache_clear()
    for module in (collector, reporter):
        executor = module.ThreadPoolExecutor

        def opened(*arguments: Any, executor: Any = executor) -> Any:
            return stack.enter_context(executor(*arguments))

        stack.enter_context(mock.patch.object(module, "ThreadPoolExecutor", opened))


def _create_resources() -> None:
    resources = parsed(TEMPLATE)["Resources"]
    for logical_id, name in (("InventoryTable", INVENTORY_TABLE), ("RunsTable", RUNS_TABLE)):
        properties = resources[logical_id]["Properties"]
        kept = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
        options = {option: properties[option] for option in kept if option in properties}
        client("dynamodb").create_table(TableName=name, **options)
    client("s3").create_bucket(Bucket=BUCKET)
    sns, sqs = client("sns"), client("sqs")
    for topic in (TOPIC_ARN, RUN_TOPIC_ARN):
        sns.create_topic(Name=topic.rpartition(":")[2])
    sqs.create_queue(QueueName=_QUEUE)
    sns.subscribe(
        TopicArn=TOPIC_ARN,
        Protocol="sqs",
        Endpoint=f"arn:aws:sqs:{REGION}:{HUB}:{_QUEUE}",
        Attributes={"RawMessageDelivery": "true"},
    )


def _scan(table: str) -> list[Row]:
    pages = client("dynamodb").get_paginator("scan").paginate(TableName=table)
    return [from_attributes(row) for page in pages for row in page["Items"]]


def _record(message: Mapping[str, Any]) -> dict[str, Any]:
    attributes = {
        name: {"stringValue": value["StringValue"], "dataType": value["DataType"]}
        for name, value in message.get("MessageAttributes", {}).items()
    }
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": attributes,
        "eventSource": "aws:sqs",
        "awsRegion": REGION,
    }
