"""Why a collector died that could not say so itself: what the state machine caught, as a reason."""

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
    """Return the failure that the state machine caught: a collector that could not speak itself.

    `error` is Step Functions' error name; `caught` is its whole error output in JSON, with a Cause
    or without; of a Lambda error the Cause is itself JSON, with an errorMessage
    (Step Functions Developer Guide, 'Handling errors').
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
