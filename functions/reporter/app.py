"""Lambda handler of the reporter: writes queue messages to the inventory table."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.typing import LambdaContext

from cidb2.aws.clients import Clients, hub_clients
from cidb2.aws.table import Table
from cidb2.ledger.metering import Meter
from cidb2.ledger.writer import Ledger
from cidb2.observability import logger, sanitize_errors, tracer
from cidb2.settings import ReporterSettings
from functions.reporter.admission import Admission
from functions.reporter.report import Reporter
from functions.reporter.stale_messages import StaleMessageFilter
from functions.reporter.store import Store


class SideBySideProcessor(BatchProcessor):
    """Powertools' batch processor, which handles all records of a batch concurrently."""

    def process(self) -> list[Any]:
        return list(_executor().map(self._process_record, self.records))


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@sanitize_errors
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Store the items of a batch; return the messages that SQS must deliver again."""
    meter = Meter("reporter", context)
    reporter = _reporter()
    processor = SideBySideProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
    with processor(event["Records"], reporter.report, lambda_context=context):
        processor.process()
    reporter.count(context.aws_request_id, meter.read(_hub()))
    return processor.response()


@cache
def _settings() -> ReporterSettings:
    return ReporterSettings.from_env()


def _hub() -> Clients:
    settings = _settings()
    return hub_clients(settings.region, settings.concurrency, owner=settings.account)


@cache
def _executor() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_settings().concurrency, "writer")


@cache
def _reporter() -> Reporter:
    settings = _settings()
    dynamodb = _hub().client("dynamodb")
    ledger = Ledger(Table(dynamodb, settings.runs_table), settings.run_retention_days)
    return Reporter(
        admission=Admission(dynamodb.meta.partition, settings.results_bucket),
        store=Store(
            dynamodb,
            settings.inventory_table,
            version_retention_days=settings.version_retention_days,
            tombstone_retention_days=settings.tombstone_retention_days,
        ),
        ledger=ledger,
        stale_messages=StaleMessageFilter(ledger, timedelta(seconds=settings.late_after_seconds)),
        max_receive_count=settings.max_receive_count,
    )
