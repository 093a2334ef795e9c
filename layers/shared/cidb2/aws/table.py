"""A DynamoDB table in plain rows, as both the ledger and the inventory use it."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from cidb2.aws.attributes import from_attributes, to_attributes
from cidb2.aws.backoff import full_jitter
from cidb2.aws.members import member
from cidb2.aws.storage import storage
from cidb2.chunks import chunks
from cidb2.errors import StorageUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Row = dict[str, Any]

READ_AT_ONCE = 100
"""Keys in one BatchGetItem (DynamoDB API Reference)."""

WRITE_AT_ONCE = 25
"""Rows in one BatchWriteItem (DynamoDB API Reference)."""

UPDATES_SIDE_BY_SIDE = 8
"""DynamoDB has no request that updates several rows at once."""

TRIES = 8
"""How often rows that DynamoDB leaves unprocessed are sent again."""


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

    def get(self, keys: Iterable[Mapping[str, str]]) -> Iterator[Row]:
        """Yield the existing rows of some keys, in no order, 100 keys per request."""
        for some in chunks(keys, READ_AT_ONCE):
            found: list[Row] = []
            wanted = {"Keys": [to_attributes(key) for key in some], "ConsistentRead": True}

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
        with storage(self._name):
            for page in pages:
                yield from map(from_attributes, member(page, "Items"))

    def delete(self, key: Mapping[str, str]) -> None:
        """Delete one row, if it exists."""
        self._call(self._dynamodb.delete_item, TableName=self._name, Key=to_attributes(key))

    def update(
        self,
        key: Mapping[str, str],
        *,
        assign: Mapping[str, Any],
        once: Mapping[str, Any] | None = None,
    ) -> None:
        """Set fields of one row, those in `once` only if they have no value yet.

        Fields that are None are left as they are.
        """
        assign = {name: value for name, value in assign.items() if value is not None}
        once = once or {}
        assignments = [f"#{name} = :{name}" for name in assign]
        assignments += [f"#{name} = if_not_exists(#{name}, :{name})" for name in once]
        values = {**assign, **once}
        self._call(
            self._dynamodb.update_item,
            TableName=self._name,
            Key=to_attributes(key),
            UpdateExpression=f"SET {', '.join(assignments)}",
            ExpressionAttributeNames={f"#{name}": name for name in values},
            ExpressionAttributeValues=to_attributes(
                {f":{name}": value for name, value in values.items()}
            ),
        )

    def update_all(
        self, updates: Iterable[tuple[Mapping[str, str], Mapping[str, Any], Mapping[str, Any]]]
    ) -> None:
        """Update several rows concurrently, each by key, fields to set, and fields to set once."""
        with ThreadPoolExecutor(UPDATES_SIDE_BY_SIDE, "update") as executor:
            done = [
                executor.submit(self.update, key, assign=assign, once=once)
                for key, assign, once in updates
            ]
            for future in done:
                future.result()

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
