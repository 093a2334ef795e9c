"""Stores items so that neither order nor repetition matters.

A version is written once, under its capture time, whenever it arrives. The current row holds the
item with the latest capture time: it is written on condition that the existing one is older.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cidb2.aws.attributes import to_attributes
from cidb2.aws.storage import storage
from cidb2.items.item import Change, Item, Status
from cidb2.items.rows import current_row, version_row
from cidb2.reasons import error_code
from cidb2.times import parse

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

OLDER_IS_THERE = (
    "(configurationItemCaptureTime < :moment "
    "OR (configurationItemCaptureTime = :moment AND runId < :run))"
)
OWN_OLDER_IS_THERE = f"({OLDER_IS_THERE} AND #scope = :scope)"
ANOTHER_SCOPES_END_IS_THERE = "(configurationItemStatus = :deleted AND #scope <> :scope)"
NOTHING_IS_THERE = "attribute_not_exists(pk)"

CONFLICT = "ConditionalCheckFailedException"


class Outcome(StrEnum):
    """The outcome of a message: stored, already stored, or overtaken by a newer one."""

    STORED = "STORED"
    DUPLICATE = "DUPLICATE"
    SUPERSEDED = "SUPERSEDED"


class Store:
    """Writes the inventory table. Raises StorageError if DynamoDB refuses."""

    def __init__(
        self,
        dynamodb: "DynamoDBClient",
        table: str,
        *,
        version_retention_days: int,
        tombstone_retention_days: int,
    ) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._version_retention = timedelta(days=version_retention_days)
        self._tombstone_retention = timedelta(days=tombstone_retention_days)

    def store(
        self, item: Item, *, is_redelivery: bool = False, only_over_older: bool = False
    ) -> Outcome:
        """Store an item: the version, if something changed, then the current row.

        With `only_over_older`, the current row is written only if there is an older one.

        An item that is already stored is a DUPLICATE, unless an earlier attempt or delivery of this
        message stored it and could not report that: then it is STORED.
        """
        with storage(self._table):
            if item["change"] != Change.UNCHANGED:
                self._store_version(item)
            return self._store_current(
                item, is_redelivery=is_redelivery, only_over_older=only_over_older
            )

    def _store_version(self, item: Item) -> None:
        """Write the version unless it exists: history is never overwritten."""
        try:
            self._dynamodb.put_item(
                TableName=self._table,
                Item=version_row(item, _expiry(item, self._version_retention)),
                ConditionExpression=NOTHING_IS_THERE,
            )
        except ClientError as error:
            if error_code(error) != CONFLICT:
                raise

    def _store_current(self, item: Item, *, is_redelivery: bool, only_over_older: bool) -> Outcome:
        condition, values = _condition(item, only_over_older=only_over_older)
        is_deleted = item["change"] == Change.DELETED
        expires_at = _expiry(item, self._tombstone_retention) if is_deleted else None
        try:
            self._dynamodb.put_item(
                TableName=self._table,
                Item=current_row(item, expires_at),
                ConditionExpression=condition,
                ExpressionAttributeNames={"#scope": "scope"},
                ExpressionAttributeValues=to_attributes(values),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error_code(error) != CONFLICT:
                raise
            if not _is_there(item, error):
                return Outcome.SUPERSEDED
            was_tried = error.response["ResponseMetadata"].get("RetryAttempts", 0) > 0
            return Outcome.STORED if is_redelivery or was_tried else Outcome.DUPLICATE
        return Outcome.STORED


def _condition(item: Item, *, only_over_older: bool) -> tuple[str, Mapping[str, str]]:
    """Return the condition on which an item becomes current, and the condition's values.

    The existing row must be older. A bucket's ARN names no account: if the name moves to another
    account, the deletion in the old scope never hides the bucket in the new one, in any order.
    """
    values = {
        ":moment": item["configurationItemCaptureTime"],
        ":run": item["runId"],
        ":scope": item["scope"],
    }
    if item["change"] == Change.DELETED:
        alternatives = [OWN_OLDER_IS_THERE]
    else:
        alternatives = [OLDER_IS_THERE, ANOTHER_SCOPES_END_IS_THERE]
        values[":deleted"] = Status.DELETED
    if not only_over_older:
        alternatives.append(NOTHING_IS_THERE)
    return " OR ".join(alternatives), values


def _is_there(item: Item, conflict: ClientError) -> bool:
    """Tell whether the existing row that failed the condition is the same item."""
    there: Any = conflict.response.get("Item", {})
    moment, run_id = {"S": item["configurationItemCaptureTime"]}, {"S": item["runId"]}
    return bool(
        there.get("configurationItemCaptureTime") == moment and there.get("runId") == run_id
    )


def _expiry(item: Item, retention: timedelta) -> int:
    """Return when a row expires (epoch s), from its capture: the same at every attempt."""
    captured_at = parse(item["configurationItemCaptureTime"])
    return int((captured_at + retention).timestamp())
