"""Lambda handler of the KMS collector."""

from cidb2.collector import collector_handler
from functions.kms_collector.collector import KMS

handler = collector_handler(KMS)
