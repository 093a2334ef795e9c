"""Stores each message under its body; a body that begins with 'poison' is a failure."""

import os
from typing import Any

import boto3

TABLE = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Return the messages that could not be stored."""
    if any(record["body"] == "crash" for record in event["Records"]):
        raise RuntimeError("the whole batch")
    failures = []
    with TABLE.batch_writer() as writer:
        for record in event["Records"]:
            if record["body"].startswith("poison"):
                failures.append({"itemIdentifier": record["messageId"]})
                continue
            writer.put_item(
                Item={
                    "pk": record["body"],
                    "attributes": record["messageAttributes"],
                    "received": record["attributes"]["ApproximateReceiveCount"],
                    "batch": len(event["Records"]),
                }
            )
    print(f"stored {len(event['Records']) - len(failures)} failed {len(failures)}")
    return {"batchItemFailures": failures}
