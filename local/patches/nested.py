"""Patches to moto's support for state machines that start others."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_callback,
    state_task_service_sfn,
)
from moto.stepfunctions.parser.models import (
    StepFunctionsParserBackend,
    stepfunctions_parser_backends,
)

from local.gateway import tracing
from local.patches.replacement import Replacement

BETWEEN_LOOKS_AT_A_CHILD = 0.05
DECLARED = frozenset({"ExecutionLimitExceeded", "InvalidExecutionInput", "StateMachineDeleting"})
"""Errors that StartExecution's model declares."""

STARTED_BY = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID"


def replacements() -> Iterator[Replacement]:
    """Yield the replacements."""
    task = state_task_service_sfn.StateTaskServiceSfn
    yield task, "_eval_service_task", _starting_nested(task._eval_service_task)
    yield task, "_normalise_response", _as_step_functions_writes
    yield task, "_from_error", _named_by_the_sdk(task._from_error)
    yield task, "_build_sync2_resolver", _resolving_once_ended(task._build_sync2_resolver)
    delay = "_DELAY_SECONDS_SYNC_CONDITION_CHECK"
    yield state_task_service_callback, delay, BETWEEN_LOOKS_AT_A_CHILD
    yield StepFunctionsParserBackend, "stop_execution", _stop_execution_and_children()


def _starting_nested(original: Callable[..., None]) -> Callable[..., None]:
    """StartExecution tasks: moto uses its own parameter names, and starts a new trace.

    Tasks name the API's members in PascalCase (Step Functions Developer Guide, 'Passing parameters
    to a service API').
    """

    def start(self: Any, env: Any, normalised_parameters: dict[str, Any], **named: Any) -> None:
        parameters = {
            key[:1].lower() + key[1:]: normalised_parameters[key] for key in normalised_parameters
        }
        with tracing.of_execution(env):
            original(self, env, normalised_parameters=parameters, **named)
        _as_step_functions_writes(self, env.stack[-1])

    return start


def _resolving_once_ended(build: Callable[..., Any]) -> Callable[..., Any]:
    """Tasks that wait for a child: Step Functions is notified of its end; moto polls."""

    def build_resolver(self: Any, env: Any, **named: Any) -> Callable[[], Any]:
        child = _execution_of(env.stack[-1]["ExecutionArn"])
        resolve = build(self, env, **named)
        return lambda: None if child.exec_status == ExecutionStatus.RUNNING else resolve()

    return build_resolver


def _execution_of(arn: str) -> Any:
    _, _, _, region, account, *_ = arn.split(":")
    executions = stepfunctions_parser_backends[account][region]._get_executions()
    return next(one for one in executions if one.exec_arn == arn)


def _named_by_the_sdk(original: Callable[..., FailureEvent]) -> Callable[..., FailureEvent]:
    """Errors that the API does not declare all have one name per service on AWS.

    For example Lambda.AWSLambdaException and Lambda.SdkClientException (Step Functions Developer
    Guide, 'Best practices'). moto appends the word Exception.
    """

    def from_error(self: Any, env: Any, ex: Exception) -> FailureEvent:
        if isinstance(ex, BotoCoreError):
            answer = {"HTTPStatusCode": 0, "RequestId": ""}
            error = {"Code": "SdkClient", "Message": str(ex)}
            ex = ClientError({"Error": error, "ResponseMetadata": answer}, "StartExecution")  # type: ignore[typeddict-item]
        elif isinstance(ex, ClientError) and ex.response["Error"]["Code"] not in DECLARED:
            ex.response["Error"]["Code"] = "AWSStepFunctions"
        return original(self, env, ex)

    return from_error


def _as_step_functions_writes(_: Any, response: dict[str, Any], **__: Any) -> None:
    """Rename a response's members for a state machine: ExecutionArn, not executionArn."""
    for name in list(response):
        response[name[:1].upper() + name[1:]] = response.pop(name)


def _stop_execution_and_children() -> Callable[..., Any]:
    """StopExecution: AWS also stops the children that an execution waits for; moto lets them run.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync
    """
    original = StepFunctionsParserBackend.stop_execution

    def stop_execution(self: Any, execution_arn: str) -> Any:
        stopped = original(self, execution_arn)
        for child in self._get_executions():
            started_by = json.loads(child.execution_input).get(STARTED_BY)
            if child.status == "RUNNING" and started_by == execution_arn:
                stop_execution(self, child.execution_arn)
        return stopped

    return stop_execution
