"""What a collector is asked for, and what it works with."""

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cidb2.claim_check import ClaimCheck
from cidb2.inventory import Inventory
from cidb2.ledger import Ledger
from cidb2.progress import Checkpoints
from cidb2.run import Run
from cidb2.sts import MemberSessions
from cidb2.table import Table

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


@dataclass(frozen=True, slots=True)
class Request:
    """What the state machine asks of a collector."""

    run: Run
    account_id: str
    continuation: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Tools:
    """What a collector works with; made once for each execution environment."""

    sessions: MemberSessions
    inventory: Inventory
    ledger: Ledger
    runs_table: Table
    checkpoints: Checkpoints
    claim_check: ClaimCheck
    sns: "SNSClient"
    scopes: Executor
    readers: Executor
    senders: Executor
