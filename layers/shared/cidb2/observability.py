"""The one place where logs, traces and metrics are made.

The X-Ray SDK behind Powertools' Tracer is in maintenance mode; a successor would be used only here.
"""

import json
import logging
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial, wraps
from typing import Any

from aws_lambda_powertools import Logger, Tracer
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from botocore.exceptions import ClientError

from cidb2.errors import UnexpectedError
from cidb2.redaction import words
from cidb2.settings import required

SERVICE = "cidb2"


class _Formatter(LambdaPowertoolsFormatter):
    """Formats errors with sanitized messages (`redaction`) and all their stack frames."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        """Return an error and its causes, the first cause first."""
        told = (
            "".join(traceback.format_tb(error.__traceback__)) + f"{_kind(error)}: {words(error)}"
            for error in reversed([*_chain(ei[1])])
        )
        return "\n\nwhich led to:\n".join(told)


_to_line = partial(json.dumps, default=str, separators=(",", ":"))
"""ASCII only, so that line separators and terminal controls only occur as escapes."""

# Not in Powertools' variable, which would make the name a dimension of every metric.
logger = Logger(
    service=SERVICE,
    logger_formatter=_Formatter(utc=True, serialize_stacktrace=False, json_serializer=_to_line),
)
# botocore itself propagates the trace to SNS; subsegments for thousands of calls would cost more
# than they show.
tracer = Tracer(service=SERVICE, auto_patch=False)


class _RequestIds(logging.Filter):
    """Adds AWS's request id to a logged error, for AWS Support."""

    def filter(self, record: logging.LogRecord) -> bool:
        for error in _chain(record.exc_info[1] if record.exc_info else None):
            if isinstance(error, ClientError):
                answer = error.response.get("ResponseMetadata", {})
                record.aws_request_id = answer.get("RequestId")
                break
        return True


logger.addFilter(_RequestIds())

# Lambda sets the root logger to the function's level, and at DEBUG botocore logs every request and
# answer, credentials included.
logging.getLogger().setLevel(logging.WARNING)


def sanitize_errors(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Make a handler raise only errors whose messages are safe to show.

    The messages appear in Lambda's log, in the trace, in the execution's history and log, and in
    the ledger. UnexpectedError replaces an unforeseen error, and names the place where it was
    raised.
    """

    @wraps(handler)
    def careful(*arguments: Any, **named: Any) -> Any:
        try:
            return handler(*arguments, **named)
        except Exception as error:
            if str(error) == words(error):
                raise
            raise UnexpectedError(words(error)).with_traceback(error.__traceback__) from None

    return careful


def annotate(**names: str) -> None:
    """Add names to every line that the invocation logs from now on, and to its trace."""
    logger.append_keys(**names)
    for name, value in names.items():
        tracer.put_annotation(name, value)


def annotate_part(part: str, **names: str) -> None:
    """Annotate the trace with one part of an invocation, which may have several."""
    with tracer.provider.in_subsegment(name=f"## {part}") as subsegment:
        for name, value in names.items():
            subsegment.put_annotation(key=name, value=value)


def measure(
    unit: MetricUnit, figures: Mapping[str, float | Sequence[float]], **dimensions: str
) -> None:
    """Write metrics to the log, from which CloudWatch extracts them.

    Each combination of dimensions is a separate metric, so their values must be few: no accounts,
    regions or runs. The dimension `Environment`, the stack's name, is added.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    metrics = EphemeralMetrics()
    metrics.add_dimension("Environment", required("STACK_NAME"))
    for name, value in dimensions.items():
        metrics.add_dimension(name, value)
    for name, values in figures.items():
        for figure in values if isinstance(values, Sequence) else [values]:
            metrics.add_metric(name, unit, figure)
    if metrics.metric_set:  # Powertools itself writes every hundred values
        metrics.flush_metrics()


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and its causes."""
    while error:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _kind(error: BaseException) -> str:
    kind = type(error)
    return f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")


__all__ = [
    "MetricUnit",
    "annotate",
    "annotate_part",
    "logger",
    "measure",
    "sanitize_errors",
    "tracer",
]
