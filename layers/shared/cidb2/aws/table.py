"""A DynamoDB table in plain rows, as both the ledger and the inventory use it."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cidb2.aws.attributes import from_attributes, to_attributes
from cidb2.aws.backoff import full_jitter
from cidb2.aws.members import member
from cidb2.aws.storage import storage
from cidb2.chunks import chunks
from cidb2.errors import StorageError, StorageUnavailableError
from cidb2.reasons import error_code

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Row = dict[str, Any]

READ_AT_ONCE = 100
"""Keys in one BatchGetItem (DynamoDB API Reference)."""

WRITE_AT_ONCE = 25
"""Rows in one BatchWriteItem (DynamoDB API Reference)."""

TRIES = 8
"""How often rows that DynamoDB leaves unprocessed are sent again."""

CONDITION_FAILED = "ConditionalCheckFailedException"


class Table:
    """Every method raises StorageError if DynamoDB still refuses after all retries."""

    def __init__(
        self,
        dynamodb: "DynamoDBClient",
        name: str,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._dynamodb = dynamodb
        self._name = name
        self._sleep = sleep

    def put(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write rows, 25 per request, replacing those with the same keys."""
        requests = [{"PutRequest": {"Item": to_attributes(row)}} for row in rows]
        for some in chunks(requests, WRITE_AT_ONCE):
            self._drain(
                {self._name: list(some)},
                lambda pending: self._call(self._dynamodb.batch_write_item, RequestItems=pending),
                "UnprocessedItems",
            )

    def get(self, keys: Iterable[Mapping[str, str]], fields: Sequence[str] = ()) -> Iterator[Row]:
        """Yield the existing rows of some keys, in no order, 100 keys per request.

        `fields` limits what is returned of a row, and not what the read costs.
        """
        names = {f"#{name}": name for name in fields}
        limit = {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}
        for some in chunks(keys, READ_AT_ONCE):
            found: list[Row] = []
            wanted = {
                "Keys": [to_attributes(key) for key in some],
                "ConsistentRead": True,
                **(limit if fields else {}),
            }

            def read(pending: Any, found: list[Row] = found) -> Any:
                answer = self._call(self._dynamodb.batch_get_item, RequestItems=pending)
                with storage(self._name):
                    responses = member(answer, "Responses")
                found.extend(map(from_attributes, responses.get(self._name, [])))
                return answer

            self._drain({self._name: wanted}, read, "UnprocessedKeys")
            yield from found

    def query(self, condition: str, values: Mapping[str, Any], **options: Any) -> Iterator[Row]:
        """Yield the rows that meet a key condition, in the order of their keys."""
        paginator = self._dynamodb.get_paginator("query")
        pages = paginator.paginate(
            TableName=self._name,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=to_attributes(values),
            **options,
        )
        yield from self._rows(pages)

    def scan(self, **options: Any) -> Iterator[Row]:
        """Yield all rows of the table, an index or a segment, in no order."""
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=self._name, **options)
        yield from self._rows(pages)

    def update(self, key: Mapping[str, str], fields: Mapping[str, Any]) -> None:
        """Set fields of one row. Fields that are None are left as they are."""
        self._update(key, fields)

    def update_version(self, key: Mapping[str, str], seen: int, fields: Mapping[str, Any]) -> bool:
        """Set fields of one row if its version is still `seen`; return whether it was.

        Each such update counts the version; a row without one has version 0.
        """
        condition = "#version = :seen" if seen else "attribute_not_exists(#version)"
        compared = {":seen": seen} if seen else {}
        try:
            self._update(key, {**fields, "version": seen + 1}, condition, compared)
        except StorageError as error:
            if error_code(error.__cause__ or error) == CONDITION_FAILED:
                return False
            raise
        return True

    def _rows(self, pages: Iterable[Any]) -> Iterator[Row]:
        with storage(self._name):
            for page in pages:
                yield from map(from_attributes, member(page, "Items"))

    def _update(
        self,
        key: Mapping[str, str],
        fields: Mapping[str, Any],
        condition: str = "",
        compared: Mapping[str, Any] | None = None,
    ) -> None:
        told = {name: value for name, value in fields.items() if value is not None}
        values = {**{f":{name}": value for name, value in told.items()}, **(compared or {})}
        self._call(
            self._dynamodb.update_item,
            TableName=self._name,
            Key=to_attributes(key),
            UpdateExpression=f"SET {', '.join(f'#{name} = :{name}' for name in told)}",
            ExpressionAttributeNames={f"#{name}": name for name in told},
            ExpressionAttributeValues=to_attributes(values),
            **({"ConditionExpression": condition} if condition else {}),
        )

    def _drain(self, pending: Any, request: Callable[[Any], Any], left_over: str) -> None:
        for attempt in range(TRIES):
            pending = request(pending).get(left_over)
            if not pending:
                return
            self._sleep(full_jitter(attempt))
        raise StorageUnavailableError(f"{self._name}: rows were left unprocessed")

    def _call(self, operation: Callable[..., Any], **arguments: Any) -> Any:
        with storage(self._name):
            return operation(**arguments)
