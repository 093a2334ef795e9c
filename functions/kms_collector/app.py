"""Lambda handler of the KMS collector."""

from cidb2.collecting.declared import collector_of
from cidb2.collecting.handler import collector_handler
from functions.kms_collector.collector import KMS

COLLECTOR = collector_of("kms", KMS)

handler = collector_handler(COLLECTOR)
