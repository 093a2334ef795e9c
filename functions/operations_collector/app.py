"""Lambda handler of the operations collector."""

from cidb2.collecting.declared import collector_of
from cidb2.collecting.handler import collector_handler
from functions.operations_collector.organizational_units import ORGANIZATIONS

COLLECTOR = collector_of("operations", ORGANIZATIONS)

handler = collector_handler(COLLECTOR)
