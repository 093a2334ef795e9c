"""Calls to the hub's own tables and bucket, with errors that the state machine distinguishes."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from cidb2.errors import StorageRefusedError, StorageUnavailableError
from cidb2.reasons import explain
from cidb2.redaction import words


@contextmanager
def storage(name: str) -> Iterator[None]:
    """Turn AWS's errors into StorageUnavailableError or StorageRefusedError, which name `name`.

    The state machine retries the first and not the second.
    """
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        kind = StorageUnavailableError if explain(error).retryable else StorageRefusedError
        raise kind(f"{name}: {words(error)}") from error
