"""Execute an approved change set and wait until it completes.

`python -m tools.execute_change_set <change set's ARN>`. CloudFormation rejects the change set if
the stack has changed since. Prints failures and exits with 1.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import WaiterError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient

AT_MOST = {"Delay": 10, "MaxAttempts": 360}  # an hour, with alarm monitoring
NEW = "REVIEW_IN_PROGRESS"


def failures(client: CloudFormationClient, stack: str) -> list[str]:
    """Return the failures in the latest 100 events, the earliest first."""
    events = client.describe_stack_events(StackName=stack)["StackEvents"]
    return [
        f"{event['LogicalResourceId']} {event['ResourceStatus']}: {event['ResourceStatusReason']}"
        for event in reversed(events)
        if event["ResourceStatus"].endswith("_FAILED") and "ResourceStatusReason" in event
    ]


def main() -> int:
    client: CloudFormationClient = boto3.client("cloudformation")
    change_set = client.describe_change_set(ChangeSetName=sys.argv[1])
    stack = change_set["StackId"]
    [before] = client.describe_stacks(StackName=stack)["Stacks"]
    client.execute_change_set(ChangeSetName=sys.argv[1])
    creating = before["StackStatus"] == NEW
    waiter = client.get_waiter("stack_create_complete" if creating else "stack_update_complete")
    try:
        waiter.wait(StackName=stack, WaiterConfig=AT_MOST)  # type: ignore[arg-type]
    except WaiterError as error:
        print("\n".join([str(error), *failures(client, stack)]), file=sys.stderr)
        return 1
    print(f"{change_set['StackName']} matches the change set")
    return 0


if __name__ == "__main__":
    sys.exit(main())
