"""The one place where logs, traces and metrics are made.

The X-Ray SDK behind Powertools' Tracer is in maintenance; whatever follows it is exchanged here.
"""

import logging
from collections.abc import Mapping, Sequence

from aws_lambda_powertools import Logger, Tracer
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from botocore.exceptions import ClientError

from cidb2.settings import Environment

SERVICE = "cidb2"

# Here and not in Powertools' variable, which would make the name a dimension of every metric.
logger = Logger(service=SERVICE, utc=True)
# botocore itself carries the trace on to SNS; a subsegment for each of thousands of calls would
# cost more than it tells.
tracer = Tracer(service=SERVICE, auto_patch=False)


class _RequestIds(logging.Filter):
    """Adds to a logged error the id that AWS gave the request: what AWS Support asks for."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        while error:
            if isinstance(error, ClientError):
                answer = error.response.get("ResponseMetadata", {})
                record.aws_request_id = answer.get("RequestId")
                break
            error = error.__cause__
        return True


logger.addFilter(_RequestIds())


def annotate(**names: str) -> None:
    """Put what an invocation is about on every line that it logs from now on, and on its trace."""
    logger.append_keys(**names)
    for name, value in names.items():
        tracer.put_annotation(name, value)


def annotate_part(part: str, **names: str) -> None:
    """Note on the trace a part of an invocation that is about several things."""
    with tracer.provider.in_subsegment(name=f"## {part}") as subsegment:
        for name, value in names.items():
            subsegment.put_annotation(key=name, value=value)


def measure(
    unit: MetricUnit, figures: Mapping[str, float | Sequence[float]], **dimensions: str
) -> None:
    """Write metrics to the log, from where CloudWatch takes them.

    Each combination of dimensions is a metric of its own, so their values come from closed lists:
    no account, region or run. `Environment` is added to them: the stack's name.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    metrics = EphemeralMetrics()
    metrics.add_dimension("Environment", Environment().text("STACK_NAME"))
    for name, value in dimensions.items():
        metrics.add_dimension(name, value)
    for name, values in figures.items():
        for figure in values if isinstance(values, Sequence) else [values]:
            metrics.add_metric(name, unit, figure)
    if metrics.metric_set:  # Powertools itself writes every hundred values
        metrics.flush_metrics()


__all__ = ["MetricUnit", "annotate", "annotate_part", "logger", "measure", "tracer"]
