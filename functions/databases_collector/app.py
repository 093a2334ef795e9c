"""Lambda handler of the databases collector."""

from cidb2.collecting.declared import collector_of
from cidb2.collecting.handler import collector_handler

COLLECTOR = collector_of("databases")

handler = collector_handler(COLLECTOR)
