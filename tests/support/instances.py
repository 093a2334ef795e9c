"""EC2 instances as examples, for tests that do not depend on the resource type."""

from typing import Any

from tests.support.aws import MEMBER, REGION
from tests.support.hub import Hub
from tests.support.wire import Paging

FIRST, SECOND, THIRD = (f"2026112{day}T034830Z-1a2b3c4s0" for day in (4, 5, 6))
"""Ids of successive runs."""

SCOPE = f"{MEMBER}/ec2/{REGION}"
TOKENS = Paging(reads="NextToken", writes="NextToken")


def arn(number: int) -> str:
    return f"arn:aws:ec2:{REGION}:{MEMBER}:instance/i-{number}"


def reservations(numbers: range, **fields: Any) -> dict[str, Any]:
    """Return a DescribeInstances response with one instance per number."""
    instances = [{"InstanceId": f"i-{number}", **fields} for number in numbers]
    return {"Reservations": [{"OwnerId": MEMBER, "Instances": instances}] if instances else []}


def statuses(hub: Hub) -> dict[str, str]:
    """Return the status of each item in the table, by ARN."""
    return {each: item["configurationItemStatus"] for each, item in hub.items().items()}
