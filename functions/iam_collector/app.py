"""Lambda handler of the IAM collector."""

from cidb2.collector import collector_handler
from functions.iam_collector.collector import IAM

handler = collector_handler(IAM)
