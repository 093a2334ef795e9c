"""Set a stack's rollback alarms: CloudFormation rolls back a deployment if one goes off.

`python -m tools.rollback_alarms <stack>`, after the first deployment. CloudFormation keeps the
alarms for all later deployments. Nothing else in the stack changes.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_RollbackConfiguration.html
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_cloudformation.client import CloudFormationClient

ALARMS = ("MachineFailedAlarm", "ReporterErrorsAlarm")
"""These alarms end by themselves: a lasting one would roll back the deployment that fixes it."""

MINUTES = 15
MARK = {"Key": "RollbackAlarms", "Value": "set"}
"""A tag, because CloudFormation rejects an update without other changes."""


def build_update(stack: Mapping[str, Any], alarms: Mapping[str, str]) -> dict[str, Any]:
    """Return UpdateStack's arguments; `alarms` are the stack's alarm names by logical id."""
    _, partition, _, region, account, _ = stack["StackId"].split(":", 5)
    prefix = f"arn:{partition}:cloudwatch:{region}:{account}:alarm:"
    return {
        "StackName": stack["StackName"],
        "UsePreviousTemplate": True,
        "Parameters": [
            {"ParameterKey": each["ParameterKey"], "UsePreviousValue": True}
            for each in stack.get("Parameters", [])
        ],
        "Tags": [tag for tag in stack.get("Tags", []) if tag["Key"] != MARK["Key"]] + [MARK],
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        "RollbackConfiguration": {
            "MonitoringTimeInMinutes": MINUTES,
            "RollbackTriggers": [
                {"Type": "AWS::CloudWatch::Alarm", "Arn": prefix + alarms[name]} for name in ALARMS
            ],
        },
    }


def set_alarms(client: CloudFormationClient, name: str) -> str:
    """Set the alarms on a stack, wait for the update, and return a message."""
    [stack] = client.describe_stacks(StackName=name)["Stacks"]
    if stack.get("RollbackConfiguration", {}).get("RollbackTriggers"):
        return f"{name} already has its rollback alarms"
    alarms = {
        found: client.describe_stack_resource(StackName=name, LogicalResourceId=found)[
            "StackResourceDetail"
        ]["PhysicalResourceId"]
        for found in ALARMS
    }
    client.update_stack(**build_update(stack, alarms))
    client.get_waiter("stack_update_complete").wait(StackName=name)
    return f"{name} rolls back on {' and '.join(ALARMS)}, {MINUTES} minutes after a change too"


if __name__ == "__main__":
    print(set_alarms(boto3.client("cloudformation"), sys.argv[1]))
