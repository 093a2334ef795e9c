"""Lambda handler of the LAMBDA collector."""

from cidb2.collecting.handler import collector_handler
from functions.lambda_collector.collector import LAMBDA

handler = collector_handler(LAMBDA)
