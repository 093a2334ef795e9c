"""A request to the front and its counting key, shared by client and server."""

from collections import Counter
from dataclasses import dataclass

HUB = "123456789012"
REGION = "us-east-1"


@dataclass(frozen=True)
class Called:
    """The fields by which requests are counted."""

    account_id: str
    region: str
    service: str
    operation: str


Calls = Counter[Called]


@dataclass(frozen=True, slots=True)
class Request:
    """The parts of a request that the front reads."""

    called: Called
    method: str
    path: str
    query: str
    head: bytes
    body: bytes


def access_key(account_id: str) -> str:
    """Return an access key that contains its account id."""
    return f"ASIA{account_id}0000"
