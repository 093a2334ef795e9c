"""Have CloudFormation take a deployment back when an alarm goes off that speaks of the code.

`python -m tools.rollback_alarms <stack>`, once the stack is there. CloudFormation keeps the alarms
with the stack for all later deployments. Everything else of the stack stays as it is.
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
"""They end by themselves: one that stays on would take back the very deployment that mends it."""

MINUTES = 15
MARK = {"Key": "RollbackAlarms", "Value": "set"}
"""A tag, for CloudFormation refuses an update that changes nothing else."""


def build_update(stack: Mapping[str, Any], alarms: Mapping[str, str]) -> dict[str, Any]:
    """Return UpdateStack's arguments; `alarms` are the stack's, names by logical id."""
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
    """Set the alarms on a stack, wait for the update's end, and return what was done in words."""
    [stack] = client.describe_stacks(StackName=name)["Stacks"]
    if stack.get("RollbackConfiguration", {}).get("RollbackTriggers"):
        return f"{name} has its rollback alarms already"
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
