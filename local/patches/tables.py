"""Tables of moto 5.2.5: consumed capacity, and one request at a time."""

import functools
import threading
from collections.abc import Callable, Iterator
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from local.patches import capacity, updates
from local.patches.replacement import Replacement

DYNAMODB = threading.RLock()


def replacements() -> Iterator[Replacement]:
    """Yield the replacements."""
    for name in ("put_item", "update_item", "delete_item", "batch_write_item"):
        yield DynamoHandler, name, capacity.charged_write(getattr(DynamoHandler, name))
    yield DynamoHandler, "query", capacity.charged_query(DynamoHandler.query)
    batch_get = capacity.charged_batch_get(DynamoHandler.batch_get_item)
    yield DynamoHandler, "batch_get_item", batch_get
    yield Table, "query", capacity.measured_query(Table.query)
    yield DynamoDBBackend, "update_item", updates.assigning(DynamoDBBackend.update_item)
    yield from atomic()


def atomic() -> Iterator[Replacement]:
    """Yield the replacements that prevent threads from seeing half-written rows."""
    for name in ("put_item", "query"):
        yield Table, name, one_at_a_time(getattr(Table, name))
    yield DynamoDBBackend, "update_item", one_at_a_time(DynamoDBBackend.update_item)


def one_at_a_time(method: Callable[..., Any]) -> Callable[..., Any]:
    """DynamoDB checks, writes and reads a row atomically; in moto, threads may interleave."""

    @functools.wraps(method)
    def call(*arguments: Any, **options: Any) -> Any:
        with DYNAMODB:
            return method(*arguments, **options)

    return call
