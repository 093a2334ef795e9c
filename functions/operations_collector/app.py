"""Lambda handler of the operations collector."""

from cidb2.collecting.declared import collector_of
from cidb2.collecting.handler import collector_handler

COLLECTOR = collector_of("operations")

handler = collector_handler(COLLECTOR)
