"""Lambda handler of the EC2 collector."""

from cidb2.collector import collector_handler
from functions.ec2_collector.collector import EC2

handler = collector_handler(EC2)
