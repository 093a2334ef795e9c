"""The end of a run in memory: the real results processor over fakes of AWS."""

from typing import Any, cast

from cidb2.items.claim_check import ClaimCheck
from cidb2.items.inventory import Inventory
from cidb2.ledger.prices import Prices
from cidb2.ledger.writer import Ledger
from cidb2.settings import ResultsSettings
from functions.results_processor.console import Console
from functions.results_processor.notification import Notifications
from functions.results_processor.process import ResultsProcessor
from functions.results_processor.reporting import Reports
from tests.support.builders import BUCKET, REGION
from tests.support.fakes import FakeAws, FakeS3, MemoryTable

RUN_TOPIC = f"arn:aws:sns:{REGION}:123456789012:cidb2-dev-RunTopic"
STACK = "cidb2-dev"
CONSOLE = Console(REGION, "aws.amazon.com")


def results_processor(
    table: MemoryTable, s3: FakeS3, sns: FakeAws, settle_timeout_seconds: int
) -> ResultsProcessor:
    """Return a results processor whose tables and ledger share one table."""
    bucket, ledger = cast("Any", s3), Ledger(table, 400)
    settings = ResultsSettings(
        region=REGION,
        account="210987654321",
        console_domain=CONSOLE.domain,
        inventory_table="inventory",
        runs_table="runs",
        results_bucket=BUCKET,
        run_topic_arn=RUN_TOPIC,
        stack_name=STACK,
        run_retention_days=400,
        settle_timeout_seconds=settle_timeout_seconds,
        price_overrides=(),
    )
    inventory = Inventory(table, ClaimCheck(bucket, BUCKET))
    reports = Reports(ledger, inventory, bucket, BUCKET, CONSOLE)
    notifications = Notifications(cast("Any", sns), RUN_TOPIC, STACK)
    return ResultsProcessor(settings, ledger, table, bucket, reports, notifications, Prices.load())
