"""The one place where Logger, Tracer and Metrics are made.

The X-Ray SDK behind Powertools' Tracer is in maintenance; whatever follows it is exchanged here.
"""

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger(utc=True)
tracer = Tracer()
metrics = Metrics()

__all__ = ["MetricUnit", "logger", "metrics", "tracer"]
