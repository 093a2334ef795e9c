"""The reason why a collector died, from the error that the state machine caught."""

import json
from collections.abc import Mapping
from typing import Any

from cidb2.reasons import RETRYABLE, Failure, Reason

_DEATHS = {
    "States.Timeout": Reason.TIMEOUT,
    "States.HeartbeatTimeout": Reason.TIMEOUT,
    "States.ItemReaderFailed": Reason.STORAGE_UNAVAILABLE,  # of the list of accounts
    "Sandbox.Timedout": Reason.TIMEOUT,
    "Lambda.TooManyRequestsException": Reason.THROTTLED,
    "Lambda.ServiceException": Reason.SERVICE_ERROR,
    "Lambda.AWSLambdaException": Reason.SERVICE_ERROR,
    "Lambda.SdkClientException": Reason.SERVICE_ERROR,
    "StepFunctions.ExecutionLimitExceededException": Reason.THROTTLED,
    "StepFunctions.AWSStepFunctionsException": Reason.SERVICE_ERROR,
    "StepFunctions.SdkClientException": Reason.SERVICE_ERROR,
    "StorageUnavailableError": Reason.STORAGE_UNAVAILABLE,
    "StorageRefusedError": Reason.STORAGE_UNAVAILABLE,
}
_TIMED_OUT = "Task timed out"


_STATUSES = {"TIMED_OUT": "States.Timeout"}
"""A nested execution that timed out has no error of its own."""


def explain_collector_failure(error: str, caught: str) -> Failure:
    """Return the failure of a collector that died, from what the state machine caught.

    `error` is Step Functions' error name, `caught` the whole error output as JSON, with or without
    a Cause. The Cause of a Lambda error is JSON too, with an errorMessage; that of a nested
    execution is the execution as DescribeExecution returns it (Step Functions Developer Guide,
    'Handling errors' and 'Run a Job (.sync)').
    """
    cause = json.loads(caught).get("Cause", "")
    told = _parsed(cause)
    if "ExecutionArn" in told:
        error, cause = _of_execution(told, error)
        told = _parsed(cause)
    message = str(told.get("errorMessage", cause))
    reason = _DEATHS.get(error, Reason.INTERNAL)
    if _TIMED_OUT in message:
        reason = Reason.TIMEOUT
    return Failure(reason, error, message, reason in RETRYABLE)


def _of_execution(execution: Mapping[str, Any], error: str) -> tuple[str, str]:
    """Return why a nested execution failed: its error, and its cause or else how it ended."""
    status = execution.get("Status", "")
    why = execution.get("Error") or _STATUSES.get(status, error)
    return why, execution.get("Cause") or f"{execution['ExecutionArn']} ended as {status}"


def _parsed(cause: str) -> Mapping[str, Any]:
    try:
        told = json.loads(cause)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
