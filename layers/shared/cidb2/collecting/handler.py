"""Creates the Lambda handler of a collector."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, cast

from aws_lambda_powertools.utilities.typing import LambdaContext

from cidb2.aws.clients import hub_clients
from cidb2.collecting.account_collection import AccountCollection
from cidb2.collecting.deadline import Deadline
from cidb2.collecting.dependencies import CollectorDependencies, Request
from cidb2.collecting.readers import Readers
from cidb2.collecting.service import Collector
from cidb2.ledger.metering import Meter
from cidb2.observability import annotate, logger, sanitize_errors, tracer
from cidb2.run import Run
from cidb2.settings import CollectorSettings
from cidb2.validation import check

Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]

SCOPES_TOGETHER = 16
SENDERS = 8


def collector_handler(collector: Collector) -> Handler:
    """Return the handler that collects the services of one account per invocation.

    The event is `{"run", "account", "continuation"}`, the result that of
    `AccountCollection.advance`. Raises InvalidInputError, before anything is read, if the event
    does not match its schema.
    """

    @logger.inject_lambda_context(clear_state=True)
    @tracer.capture_lambda_handler(capture_response=False)
    @sanitize_errors
    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        meter = Meter(f"{collector.name}_collector", context)
        request = _decode(event)
        annotate(
            collector=collector.name,
            account=request.account_id,
            run_id=request.run.run_id,
        )
        settings, dependencies = _dependencies(collector.name)
        hub = hub_clients(settings.region, settings.concurrency, owner=settings.account)
        deadline = Deadline(
            context.get_remaining_time_in_millis,
            settings.continue_margin_seconds,
            request.run.deadline,
        )
        try:
            return AccountCollection(request, collector, dependencies, deadline).advance()
        finally:
            run_id, account_id = request.run.run_id, request.account_id
            meter.write_down(run_id, hub, dependencies.ledger, account_id=account_id)

    return cast("Handler", handler)


def _decode(event: dict[str, Any]) -> Request:
    check("collection-request", event, "event")
    return Request(
        run=Run.parse(event["run"]),
        account_id=event["account"]["accountId"],
        continuation=event.get("continuation"),
    )


@cache
def _dependencies(collector: str) -> tuple[CollectorSettings, CollectorDependencies]:
    settings = CollectorSettings.from_env()
    dependencies = CollectorDependencies.build(
        collector,
        settings,
        hub_clients(settings.region, settings.concurrency, owner=settings.account),
        scopes=ThreadPoolExecutor(SCOPES_TOGETHER, "scope"),
        readers=Readers(ThreadPoolExecutor(settings.concurrency, "reader"), settings.concurrency),
        senders=ThreadPoolExecutor(SENDERS, "sender"),
    )
    return settings, dependencies
