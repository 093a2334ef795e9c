"""Lambda handler of the compute collector."""

from cidb2.collecting.declared import collector_of
from cidb2.collecting.handler import collector_handler
from functions.compute_collector.lambda_functions import LAMBDA

COLLECTOR = collector_of("compute", LAMBDA)

handler = collector_handler(COLLECTOR)
