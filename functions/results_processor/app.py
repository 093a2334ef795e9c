"""Lambda handler of ProcessResults: summarises a run from its ledger rows."""

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from cidb2.aws.clients import Clients, hub_clients
from cidb2.aws.table import Table
from cidb2.items.claim_check import ClaimCheck
from cidb2.items.inventory import Inventory
from cidb2.ledger.metering import Meter
from cidb2.ledger.prices import Prices
from cidb2.ledger.writer import Ledger
from cidb2.observability import annotate, logger, sanitize_errors, tracer
from cidb2.run import Run
from cidb2.settings import ResultsSettings
from functions.results_processor.console import Console
from functions.results_processor.notification import Notifications
from functions.results_processor.process import FUNCTION, ResultsProcessor
from functions.results_processor.reporting import Reports

CONNECTIONS = 10


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@sanitize_errors
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Return the run's summary, or SETTLING and how long to wait before asking again."""
    meter = Meter(FUNCTION, context)
    run = Run.parse(event["run"])
    annotate(run_id=run.run_id)
    processor = _processor()
    hub = _hub(processor.settings)
    try:
        return processor.process(run, event.get("settlement"), lambda: meter.read(hub))
    finally:
        meter.write_down(run.run_id, hub, processor.ledger)


@cache
def _processor() -> ResultsProcessor:
    settings = ResultsSettings.from_env()
    hub = _hub(settings)
    runs_table = Table(hub.client("dynamodb"), settings.runs_table)
    ledger = Ledger(runs_table, settings.run_retention_days)
    s3, bucket = hub.client("s3"), settings.results_bucket
    inventory_table = Table(hub.client("dynamodb"), settings.inventory_table)
    inventory = Inventory(inventory_table, ClaimCheck(s3, bucket))
    console = Console(settings.region, settings.console_domain)
    reports = Reports(ledger, inventory, s3, bucket, console)
    notifications = Notifications(hub.client("sns"), settings.run_topic_arn, settings.stack_name)
    prices = Prices.load(settings.price_overrides)
    return ResultsProcessor(settings, ledger, runs_table, s3, reports, notifications, prices)


def _hub(settings: ResultsSettings) -> Clients:
    return hub_clients(settings.region, CONNECTIONS, owner=settings.account)
