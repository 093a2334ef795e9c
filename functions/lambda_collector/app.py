"""Lambda handler of the LAMBDA collector."""

from cidb2.collector import collector_handler
from functions.lambda_collector.collector import LAMBDA

handler = collector_handler(LAMBDA)
