"""EC2: the instances that `cidb2.types.ec2` declares; never user data."""

from cidb2.collecting.declared import listings_of
from cidb2.collecting.service import Service
from cidb2.types.catalog import DECLARED

COLLECTED = ("DescribeInstances",)

LISTINGS = tuple(each for each in listings_of(DECLARED["ec2"]) if each.name in COLLECTED)

EC2 = Service(
    name="ec2",
    actions=("ec2:DescribeInstances", "ec2:DescribeRegions"),
    listings=LISTINGS,
)
