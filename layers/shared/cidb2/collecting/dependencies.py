"""A collector's request and its dependencies."""

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from cidb2.aws.clients import Clients
from cidb2.aws.sts import MemberSessions
from cidb2.aws.table import Table
from cidb2.collecting.checkpoints import Checkpoints
from cidb2.collecting.readers import Readers
from cidb2.items.claim_check import ClaimCheck
from cidb2.items.inventory import Inventory
from cidb2.lake.listings import Lake
from cidb2.ledger.writer import Ledger
from cidb2.run import Run
from cidb2.settings import CollectorSettings

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


@dataclass(frozen=True, slots=True)
class Request:
    """The state machine's request to a collector."""

    run: Run
    account_id: str
    continuation: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class CollectorDependencies:
    """What a collector works with, created once per execution environment."""

    sessions: MemberSessions
    inventory: Inventory
    ledger: Ledger
    runs_table: Table
    checkpoints: Checkpoints
    claim_check: ClaimCheck
    lake: Lake
    sns: "SNSClient"
    scopes: Executor
    readers: Readers
    senders: Executor

    @classmethod
    def build(
        cls,
        collector: str,
        settings: CollectorSettings,
        hub: Clients,
        *,
        scopes: Executor,
        readers: Readers,
        senders: Executor,
    ) -> Self:
        """Return the dependencies of a collector, built from the hub's clients."""
        dynamodb, s3 = hub.client("dynamodb"), hub.client("s3")
        claim_check = ClaimCheck(s3, settings.results_bucket)
        runs_table = Table(dynamodb, settings.runs_table)
        return cls(
            sessions=MemberSessions(settings, collector, hub),
            inventory=Inventory(Table(dynamodb, settings.inventory_table), claim_check),
            ledger=Ledger(runs_table, settings.run_retention_days),
            runs_table=runs_table,
            checkpoints=Checkpoints(s3, settings.results_bucket),
            claim_check=claim_check,
            lake=Lake(s3, settings.results_bucket),
            sns=hub.client("sns"),
            scopes=scopes,
            readers=readers,
            senders=senders,
        )
