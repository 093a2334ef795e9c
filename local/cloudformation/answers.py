"""How CloudFormation's API shows stacks, change sets and resources, as boto3 returns them."""

from typing import Any

from local.cloudformation.record import ChangeSet, Revision, StackRecord
from local.deploy import Change
from local.stack import StackResource

Result = dict[str, Any]


def change(made: Change) -> Result:
    """Return a change of a change set."""
    return {
        "Type": "Resource",
        "ResourceChange": {
            "Action": made.action,
            "LogicalResourceId": made.logical_id,
            "PhysicalResourceId": made.physical_id,
            "ResourceType": made.type,
            "Replacement": "False" if made.action == "Modify" else None,
        },
    }


def described(record: StackRecord) -> Result:
    """Return a stack as DescribeStacks does."""
    stack, revision = record.stack, record.revision
    template = revision.template if revision else {}
    return {
        "StackId": stack.id,
        "StackName": stack.name,
        "Description": template.get("Description"),
        "Parameters": parameters(stack.parameters),
        "CreationTime": record.created,
        "StackStatus": record.status,
        "StackStatusReason": record.reason,
        "EnableTerminationProtection": False,
        "Outputs": [
            {
                "OutputKey": name,
                "OutputValue": str(value),
                "Description": template.get("Outputs", {}).get(name, {}).get("Description"),
            }
            for name, value in stack.outputs.items()
        ],
        "Tags": tags(revision),
    }


def summary(record: StackRecord, change_set: ChangeSet) -> Result:
    """Return what every answer says of a change set."""
    is_ready = change_set.status == "CREATE_COMPLETE"
    return {
        "ChangeSetId": change_set.id,
        "ChangeSetName": change_set.name,
        "StackId": record.stack.id,
        "StackName": record.stack.name,
        "Status": change_set.status,
        "StatusReason": change_set.reason,
        "ExecutionStatus": "AVAILABLE" if is_ready else "UNAVAILABLE",
    }


def resource(record: StackRecord, resource: StackResource) -> Result:
    """Return a resource with its newest event's status."""
    [newest, *_] = [
        event for event in record.events if event["LogicalResourceId"] == resource.logical_id
    ] or record.events
    return {
        "StackId": record.stack.id,
        "StackName": record.stack.name,
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id,
        "ResourceType": resource.type,
        "ResourceStatus": newest["ResourceStatus"],
        "Timestamp": newest["Timestamp"],  # of DescribeStackResources; the others' next
        "LastUpdatedTimestamp": newest["Timestamp"],
    }


def parameters(given: dict[str, Any]) -> list[Result]:
    """Return parameters as a list of keys and values."""
    return [
        {
            "ParameterKey": name,
            "ParameterValue": ",".join(value) if isinstance(value, list) else str(value),
        }
        for name, value in given.items()
    ]


def tags(revision: Revision | None) -> list[Result]:
    """Return tags as a list of keys and values."""
    return [{"Key": key, "Value": value} for key, value in (revision.tags if revision else ())]
