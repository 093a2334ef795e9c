"""The one place where Logger, Tracer and Metrics are made.

The X-Ray SDK behind Powertools' Tracer is in maintenance; whatever follows it is exchanged here.
"""

import warnings

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

# An invocation that has nothing to count, or that fails, is not worth a warning in the log.
warnings.filterwarnings("ignore", message="No application metrics to publish")

logger = Logger(utc=True)
# botocore itself carries the trace on to SNS; a subsegment for each of thousands of calls would
# cost more than it tells.
tracer = Tracer(auto_patch=False)
metrics = Metrics()

__all__ = ["MetricUnit", "logger", "metrics", "tracer"]
