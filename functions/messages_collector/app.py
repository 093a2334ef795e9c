"""Lambda handler of the messages collector."""

from cidb2.collecting.declared import collector_of
from cidb2.collecting.handler import collector_handler

COLLECTOR = collector_of("messages")

handler = collector_handler(COLLECTOR)
