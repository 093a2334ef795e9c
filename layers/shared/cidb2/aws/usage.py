"""What requests use of what AWS charges by usage. Pure functions."""

import math
from collections.abc import Mapping
from typing import Any

Usage = dict[str, float]
"""Amounts by what is charged for; `prices` says what each costs."""

LAMBDA_SECONDS = "lambdaSeconds"
LAMBDA_GB_SECONDS = "lambdaGbSeconds"
LAMBDA_REQUESTS = "lambdaRequests"
WRITE_UNITS = "dynamodbWriteUnits"
READ_UNITS = "dynamodbReadUnits"
S3_WRITES = "s3Writes"
S3_READS = "s3Reads"
SNS_REQUESTS = "snsRequests"
SQS_REQUESTS = "sqsRequests"
TRANSITIONS = "stepFunctionsTransitions"
KMS_REQUESTS = "kmsRequests"

_BYTES_IN_A_WRITE_UNIT = 1024
_READS = frozenset({"BatchGetItem", "GetItem", "Query"})
_CHARGED_AS_WRITES = ("Complete", "Copy", "Create", "List", "Post", "Put", "Upload")


def used_by(operation: str, answer: Mapping[str, Any] | None, answer_bytes: int) -> Usage:
    """Return what one request used; `operation` as in `s3:PutObject`, None if no answer came.

    DynamoDB reports the units that it charges, except for a write whose condition fails: that is
    charged by the size of the existing item, which the answer contains.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
    """
    service, _, name = operation.partition(":")
    if service == "s3":
        return {S3_WRITES if name.startswith(_CHARGED_AS_WRITES) else S3_READS: 1}
    if service != "dynamodb" or answer is None:
        return {}
    if (answer.get("Error") or {}).get("Code") == "ConditionalCheckFailedException":
        return {WRITE_UNITS: math.ceil(answer_bytes / _BYTES_IN_A_WRITE_UNIT)}
    consumed = answer.get("ConsumedCapacity", [])
    each = consumed if isinstance(consumed, list) else [consumed]
    units = sum(one.get("CapacityUnits", 0) for one in each)
    return {READ_UNITS if name in _READS else WRITE_UNITS: units}


def add_up(*several: Mapping[str, float]) -> Usage:
    """Return the sum of what was used."""
    total: Usage = {}
    for each in several:
        for name, amount in each.items():
            total[name] = total.get(name, 0) + amount
    return total


def share(usage: Mapping[str, float], part: float) -> Usage:
    """Return a part of what was used, from 0 to 1."""
    return {name: amount * part for name, amount in usage.items()}
