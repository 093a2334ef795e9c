"""Lambda handler of the KMS collector."""

from cidb2.collecting.handler import collector_handler
from functions.kms_collector.collector import KMS

handler = collector_handler(KMS)
