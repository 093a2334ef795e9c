"""The reason why a collector died, from the error that the state machine caught."""

import json

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
    "StorageUnavailableError": Reason.STORAGE_UNAVAILABLE,
    "StorageRefusedError": Reason.STORAGE_UNAVAILABLE,
}
_TIMED_OUT = "Task timed out"


def explain_collector_failure(error: str, caught: str) -> Failure:
    """Return the failure of a collector that died, from what the state machine caught.

    `error` is Step Functions' error name, `caught` the whole error output as JSON, with or without
    a Cause. The Cause of a Lambda error is JSON too, with an errorMessage (Step Functions Developer
    Guide, 'Handling errors').
    """
    cause = json.loads(caught).get("Cause", "")
    message = _death_message(cause)
    reason = _DEATHS.get(error, Reason.INTERNAL)
    if _TIMED_OUT in message:
        reason = Reason.TIMEOUT
    return Failure(reason, error, message, reason in RETRYABLE)


def _death_message(cause: str) -> str:
    try:
        return str(json.loads(cause)["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return cause
