"""Checks what AWS requires to create a resource against what CloudFormation has created before it.

A separate policy resource may be created after the resource that uses its role, unless a reference
or DependsOn orders them.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.deployment.deploy import dependencies

Resources = Mapping[str, Any]
TRACES = ("xray:PutTelemetryRecords", "xray:PutTraceSegments")
"""https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html"""

LOG_DELIVERY = (
    *("logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups"),
    *("logs:DescribeResourcePolicies", "logs:GetLogDelivery", "logs:ListLogDeliveries"),
    *("logs:PutResourcePolicy", "logs:UpdateLogDelivery"),
)
"""https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html"""

EVENTS_OF_NESTED_RUNS = ("events:DescribeRule", "events:PutRule", "events:PutTargets")
"""https://docs.aws.amazon.com/step-functions/latest/dg/stepfunctions-iam.html"""

POLL = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
"""https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""

OF_A_FUNCTION = {
    "DeadLetterConfig": ("sqs:SendMessage",),
    "KmsKeyArn": ("kms:Decrypt",),
    "VpcConfig": (
        *("ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"),
        "ec2:DescribeNetworkInterfaces",
    ),
}
"""'The provided execution role does not have permissions to call ...': actions by property.
https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"""


@dataclass(frozen=True)
class Check:
    """A check at creation: the role needs these actions and must trust this service."""

    role: str
    service: str
    actions: frozenset[str]


class Creation:
    """The resources of a transformed template, in a possible order of creation."""

    def __init__(self, resources: Resources) -> None:
        self.resources = resources
        self._graph = dependencies(dict(resources))

    def before(self, name: str) -> set[str]:
        """Return all resources that are certain to exist before a resource is created."""
        found: set[str] = set()
        ahead = [name]
        while ahead:
            new = self._graph[ahead.pop()] - found
            found |= new
            ahead += new
        return found

    def missing(self, name: str) -> set[str]:
        """Return the permissions that AWS checks at creation and that may not exist yet."""
        check = self.check(name)
        if check is None:
            return set()
        role = self.resources[check.role]["Properties"]
        trusted = json.dumps(role["AssumeRolePolicyDocument"])
        lacking = set() if f'"{check.service}"' in trusted else {f"trust in {check.service}"}
        return lacking | (check.actions - self.allowed(check.role, self.before(name)))

    def allowed(self, role: str, there: set[str]) -> set[str]:
        """Return a role's actions: from its own policies, and from other existing ones."""
        policies = list(self.resources[role]["Properties"].get("Policies", []))
        policies += [
            one["Properties"]
            for name, one in self.resources.items()
            if name in there
            and one["Type"] == "AWS::IAM::Policy"
            and {"Ref": role} in one["Properties"]["Roles"]
        ]
        return {
            action
            for policy in policies
            for statement in policy["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Allow"
            for action in as_list(statement["Action"])
        }

    def check(self, name: str) -> Check | None:
        """Return AWS's check at the creation of a resource."""
        one = self.resources[name]
        properties = one["Properties"]
        match one["Type"]:
            case "AWS::Lambda::Function":
                asked = frozenset(_of_function(properties))
                return Check(_id(properties["Role"]), "lambda.amazonaws.com", asked)
            case "AWS::Lambda::EventSourceMapping":
                function = self.resources[_id(properties["FunctionName"])]["Properties"]
                queue = self.resources[_id(properties["EventSourceArn"])]["Properties"]
                asked = frozenset([*POLL, *(["kms:Decrypt"] if "KmsMasterKeyId" in queue else [])])
                return Check(_id(function["Role"]), "lambda.amazonaws.com", asked)
            case "AWS::StepFunctions::StateMachine":
                asked = frozenset(_of_machine(properties))
                return Check(_id(properties["RoleArn"]), "states.amazonaws.com", asked)
            case "AWS::Scheduler::Schedule":
                role = _id(properties["Target"]["RoleArn"])
                return Check(role, "scheduler.amazonaws.com", frozenset())
        return None


def _of_function(properties: Resources) -> Iterator[str]:
    if properties.get("TracingConfig", {}).get("Mode") == "Active":
        yield from TRACES
    for name, actions in OF_A_FUNCTION.items():
        if name in properties:
            yield from actions


def _of_machine(properties: Resources) -> Iterator[str]:
    if "LoggingConfiguration" in properties:
        yield from LOG_DELIVERY
    if properties.get("TracingConfiguration", {}).get("Enabled"):
        yield from TRACES
    if "startExecution.sync" in json.dumps(properties):
        yield from EVENTS_OF_NESTED_RUNS


def _id(reference: Any) -> str:
    """Return the logical id in a Ref or Fn::GetAtt."""
    [(_, named)] = reference.items()
    return str(named[0] if isinstance(named, list) else named)


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
