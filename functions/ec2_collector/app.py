"""Lambda handler of the EC2 collector."""

from cidb2.collecting.declared import collector_of
from cidb2.collecting.handler import collector_handler
from functions.ec2_collector.collector import EC2

COLLECTOR = collector_of("ec2", EC2)

handler = collector_handler(COLLECTOR)
