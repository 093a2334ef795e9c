"""Builders of test data: each takes what matters to the test and fills in the rest."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from cidb2.items.item import Change, Item, live_item, statement
from cidb2.items.known import Known, KnownItems
from cidb2.items.resource import Resource
from cidb2.publishing.messages import Message
from cidb2.reasons import Failure, Reason, explain
from cidb2.run import AccountList, Run, RunConfig
from cidb2.scope import Scope
from cidb2.services import SERVICES

ACCOUNT = "234567890123"
BUCKET = "results-bucket"
REGION = "eu-west-1"
RUN_ID = "20261124T034830Z-1a2b3c4s1"
EARLIER_RUN_ID = "20261123T034830Z-5e6f7a8s1"
TOPIC_ARN = "arn:aws:sns:us-east-1:123456789012:InventoryTopic"
SCOPE = Scope(ACCOUNT, "kms", REGION)
STARTED_AT = "2026-11-24T03:48:30.000Z"
DEADLINE = "2099-11-24T09:48:30Z"
CAPTURED_AT = datetime(2026, 11, 24, 3, 48, 33, 123456, tzinfo=UTC)
MOMENT = "2026-11-24T03:48:33.123456Z"


def key_arn(name: str, region: str = REGION) -> str:
    return f"arn:aws:kms:{region}:{ACCOUNT}:key/{name}"


def a_config(**changes: Any) -> RunConfig:
    """Return the issue's example configuration, without a pause; `changes` override it."""
    given: dict[str, Any] = {
        "batch_size": 10,
        "large_batch_size": 20,
        "large_batch_threshold": 100,
        "batch_delay_ms": 0,
        "sns_topic_arn": TOPIC_ARN,
    }
    return RunConfig(**given | changes)


def a_run(**changes: Any) -> Run:
    given: dict[str, Any] = {
        "run_id": RUN_ID,
        "started_at": STARTED_AT,
        "deadline": DEADLINE,
        "services": SERVICES,
        "regions": None,
        "excluded_regions": (),
        "accounts": AccountList(BUCKET, f"runs/{RUN_ID}/accounts.json", 1),
        "account_concurrency": 50,
        "expires_at": 1_830_000_000,
        "config": a_config(),
    }
    return Run(**given | changes)


def a_resource(name: str = "key-1", **changes: Any) -> Resource:
    """Return a key; `changes` override it, with `unreadable` as error codes by field."""
    given: dict[str, Any] = {
        "resource_type": "AWS::KMS::Key",
        "resource_id": name,
        "resource_name": f"alias/{name}",
        "arn": key_arn(name, changes.get("region", REGION)),
        "region": REGION,
        "captured_at": CAPTURED_AT,
        "configuration": {"KeyId": name, "Enabled": True},
        "supplementary": {"Policy": {"Statement": []}},
        "tags": {"team": "payments"},
    }
    codes = changes.pop("unreadable", {})
    return Resource(**given | changes, unreadable=failures(codes))


def an_item(name: str = "key-1", *, change: Change = Change.CREATED, **changes: Any) -> Item:
    """Return a resource's item; `changes` override fields by their names in the message."""
    item = live_item(a_resource(name), SCOPE, RUN_ID, change, MOMENT)
    item.update(changes)  # type: ignore[typeddict-item]  # fields by name
    return item


def a_message(name: str = "key-1", *, body: str | None = None, scope: Scope = SCOPE) -> Message:
    """Return a message; its body defaults to the resource's name."""
    attributes = {"change": "CREATED"}
    return Message(key_arn(name), name if body is None else body, attributes, str(scope), name)


def known_as(content_hash: str, unreadable: Mapping[str, str]) -> Known:
    """Return the table's knowledge of an item with this content and these unreadable fields."""
    said = statement(content_hash, unreadable)
    return KnownItems.of([(key_arn("key-1"), content_hash, said)])[key_arn("key-1")]


def a_failure(
    reason: Reason = Reason.THROTTLED, code: str = "Throttling", *, retryable: bool = True
) -> Failure:
    return Failure(reason, code, "as AWS says it", retryable)


def failures(codes: Mapping[str, str]) -> dict[str, Failure]:
    """Return the failure of each field, from AWS error codes."""
    return {name: explain(client_error(code)) for name, code in codes.items()}


def client_error(code: str, message: str = "no", status: int = 400) -> ClientError:
    """Return the error that boto3 raises if AWS rejects a call."""
    return ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {
                "HTTPStatusCode": status,
                "RequestId": "r",
                "HostId": "h",
                "HTTPHeaders": {},
                "RetryAttempts": 0,
            },
        },
        "Operation",
    )
