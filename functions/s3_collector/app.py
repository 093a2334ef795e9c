"""Lambda handler of the S3 collector."""

from cidb2.collecting.declared import collector_of
from cidb2.collecting.handler import collector_handler
from cidb2.settings import chosen
from functions.s3_collector.collector import buckets
from functions.s3_collector.configurations import CHOICES

CONFIGURATIONS = chosen("S3_BUCKET_CONFIGURATIONS", CHOICES)
COLLECTOR = collector_of("s3", buckets(CHOICES[CONFIGURATIONS]))

handler = collector_handler(COLLECTOR)
