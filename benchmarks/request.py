"""A request to the front, and what it is counted by: all that client and server share."""

from collections import Counter
from dataclasses import dataclass

HUB = "123456789012"
REGION = "us-east-1"


@dataclass(frozen=True)
class Called:
    """What requests are counted by."""

    account_id: str
    region: str
    service: str
    operation: str


Calls = Counter[Called]


@dataclass(frozen=True, slots=True)
class Request:
    """A request, as far as the front reads it."""

    called: Called
    method: str
    path: str
    query: str
    body: bytes


def access_key(account_id: str) -> str:
    """Return an access key that contains the account that it belongs to."""
    return f"ASIA{account_id}0000"
