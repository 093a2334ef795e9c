"""Items for the reporter: with a capture time, and as records of a queue."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from cidb2.items.item import Change, Item, live_item, tombstone
from cidb2.items.resource import Resource
from cidb2.scope import Scope
from cidb2.times import sortable
from tests.support.builders import RUN_ID

ACCOUNT = "234567890123"
SCOPE = Scope(ACCOUNT, "kms", "eu-west-1")
START = datetime(2026, 11, 24, 3, 48, 33, 123456, tzinfo=UTC)


def key_arn(name: str) -> str:
    return f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/{name}"


def after(seconds: int) -> str:
    """Return a capture time, in seconds after the first run's."""
    return sortable(START + timedelta(seconds=seconds))


def seen(
    name: str = "key-1",
    *,
    at: int = 0,
    change: Change = Change.CREATED,
    run_id: str = RUN_ID,
    **fields: Any,
) -> Item:
    """Return the item of an observed key; `fields` are the resource's."""
    given: dict[str, Any] = {
        "configuration": {"KeyId": name, "Description": f"as of {at}"},
        "supplementary": {"Policy": None},
        "tags": {"Größe": "大"},
        **fields,
    }
    resource = Resource(
        resource_type="AWS::KMS::Key",
        resource_id=name,
        resource_name=f"alias/{name}",
        arn=key_arn(name),
        region=SCOPE.region,
        captured_at=START,
        **given,
    )
    return live_item(resource, SCOPE, run_id, change, after(at))


def missed(name: str = "key-1", *, at: int = 0, run_id: str = RUN_ID) -> Item:
    """Return the item of a key that is missing from a complete listing."""
    return tombstone(seen(name), run_id, after(at))


def record(
    item: Item | str, *, message_id: str | None = None, deliveries: int = 1
) -> dict[str, Any]:
    """Return an item, or any text, as a record of an SQS event."""
    body = item if isinstance(item, str) else json.dumps(item)
    return {
        "messageId": message_id or str(uuid5(NAMESPACE_OID, body)),
        "receiptHandle": "handle",
        "body": body,
        "attributes": {"ApproximateReceiveCount": str(deliveries)},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "awsRegion": "us-east-1",
    }
