"""Lambda handler of the IAM collector."""

from cidb2.collecting.handler import collector_handler
from functions.iam_collector.collector import IAM

handler = collector_handler(IAM)
