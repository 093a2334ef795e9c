"""DescribeStacks for `cidb2` and the AWS CLI, which read the stack's outputs.

moto's CloudFormation does not know the stack deployed here; it answers only for other accounts and
Regions.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
"""

from datetime import UTC, datetime
from typing import Any

from local.deployment.stack import Stack
from local.gateway.call import Answer, Call

STARTED = datetime.now(UTC)


def answer(stack: Stack, call: Call) -> Answer | None:
    """Answer CloudFormation calls in the stack's account and region; return None for others."""
    if call.service != "cloudformation" or (call.account, call.region) != _place(stack):
        return None
    if call.operation != "DescribeStacks":
        return call.error("NotImplemented", f"{call.operation} is not supported here", 400)
    name = call.parameters.get("StackName")
    if stack.resources and name in (None, stack.name, stack.id):
        return call.result({"Stacks": [_described(stack)]})
    if name:
        return call.error("ValidationError", f"Stack with id {name} does not exist", 400)
    return call.result({"Stacks": []})


def _place(stack: Stack) -> tuple[str, str]:
    return stack.account, stack.region


def _described(stack: Stack) -> dict[str, Any]:
    return {
        "StackId": stack.id,
        "StackName": stack.name,
        "CreationTime": STARTED,
        "StackStatus": "CREATE_COMPLETE",
        "Outputs": [
            {"OutputKey": name, "OutputValue": str(value)} for name, value in stack.outputs.items()
        ],
    }
