"""Lambda handler of the S3 collector."""

from cidb2.collecting.declared import collector_of
from cidb2.collecting.handler import collector_handler
from functions.s3_collector.collector import S3

COLLECTOR = collector_of("s3", S3)

handler = collector_handler(COLLECTOR)
