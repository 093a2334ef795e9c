"""Starts and describes executions of the state machine."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

RUNNING = "RUNNING"
SUCCEEDED = "SUCCEEDED"


@dataclass(frozen=True)
class Execution:
    """The state of an execution; `output` is the run's brief summary if it succeeded."""

    arn: str
    status: str
    output: Mapping[str, Any] | None
    cause: str


def begin(machines: "SFNClient", machine: str, wanted: Any) -> str:
    """Start an execution with an input and return its ARN."""
    name = f"cidb2-{uuid4()}"
    started = machines.start_execution(stateMachineArn=machine, name=name, input=json.dumps(wanted))
    return started["executionArn"]


def describe(machines: "SFNClient", arn: str) -> Execution:
    """Return the current state of an execution."""
    answer = machines.describe_execution(executionArn=arn)
    output = answer.get("output")
    return Execution(
        arn,
        answer["status"],
        json.loads(output) if output else None,
        cause_of(answer.get("error"), answer.get("cause")),
    )


def cause_of(error: str | None, cause: str | None) -> str:
    """Return why an execution failed: the function's own message if there is one."""
    try:
        return str(json.loads(cause or "")["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return ": ".join(filter(None, (error, cause)))
