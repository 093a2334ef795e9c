"""EC2: every type that `cidb2.types.ec2` declares; never user data."""

from cidb2.collecting.declared import listings_of
from cidb2.collecting.service import Service
from cidb2.types.catalog import DECLARED

EC2 = Service(name="ec2", listings=listings_of(DECLARED["ec2"]))
