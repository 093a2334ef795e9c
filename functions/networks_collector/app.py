"""Lambda handler of the networks collector."""

from cidb2.collecting.declared import collector_of
from cidb2.collecting.handler import collector_handler

COLLECTOR = collector_of("networks")

handler = collector_handler(COLLECTOR)
