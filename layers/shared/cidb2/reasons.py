"""Why something could not be done: AWS's errors turned into reasons that an operator can act on.

One table for every service that CIDB2 calls. `docs/operations.md` says what to do for each reason.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Self

from botocore.exceptions import BotoCoreError, ClientError

from cidb2.errors import (
    RoleNotAssumedError,
    RunDeadlineError,
    StorageError,
    StorageRefusedError,
    UnusableRowError,
)
from cidb2.redaction import redact, words


class Reason(StrEnum):
    """The typed reasons of scopes that are not COMPLETE."""

    ROLE_DENIED = "ROLE_DENIED"
    SCP_DENIED = "SCP_DENIED"
    ACCESS_DENIED = "ACCESS_DENIED"
    REGION_DISABLED = "REGION_DISABLED"
    CREDENTIALS_REJECTED = "CREDENTIALS_REJECTED"
    THROTTLED = "THROTTLED"
    TIMEOUT = "TIMEOUT"
    UNREACHABLE = "UNREACHABLE"
    SERVICE_ERROR = "SERVICE_ERROR"
    REQUEST_REJECTED = "REQUEST_REJECTED"
    PUBLISH_FAILED = "PUBLISH_FAILED"
    STORAGE_UNAVAILABLE = "STORAGE_UNAVAILABLE"
    UNUSABLE_ROW = "UNUSABLE_ROW"
    LAKE_NOT_WRITTEN = "LAKE_NOT_WRITTEN"
    ACCOUNT_SUSPENDED = "ACCOUNT_SUSPENDED"
    SUSPECT_MASS_DELETION = "SUSPECT_MASS_DELETION"
    INTERNAL = "INTERNAL"


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong: the reason, AWS's own code and words, and whether a retry may help."""

    reason: Reason
    error_code: str
    message: str
    retryable: bool

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        """Return the failure that `dataclasses.asdict` made a document of."""
        return cls(**{**document, "reason": Reason(document["reason"])})


_CODES = {
    Reason.ACCESS_DENIED: """
        AccessDenied AccessDeniedException AllAccessDisabled AuthorizationError KMSAccessDenied
        KMSAccessDeniedException UnauthorizedOperation""",
    Reason.REGION_DISABLED: """
        IllegalLocationConstraintException OptInRequired RegionDisabledException""",
    Reason.CREDENTIALS_REJECTED: """
        AuthFailure ExpiredToken ExpiredTokenException InvalidAccessKeyId InvalidClientTokenId
        InvalidToken SignatureDoesNotMatch UnrecognizedClientException""",
    Reason.THROTTLED: """
        BandwidthLimitExceeded EC2ThrottledException KMSThrottling LimitExceededException
        PriorRequestNotComplete ProvisionedThroughputExceededException RequestLimitExceeded
        RequestThrottled RequestThrottledException SlowDown Throttled ThrottledException Throttling
        ThrottlingException TooManyRequestsException TransactionInProgressException""",
    Reason.TIMEOUT: """
        ConnectTimeoutError ReadTimeoutError RequestTimeout RequestTimeoutException""",
    Reason.UNREACHABLE: """
        ConnectionClosedError ConnectionError EndpointConnectionError HTTPClientError
        ProxyConnectionError SSLError""",
    Reason.SERVICE_ERROR: """
        DependencyTimeoutException InternalError InternalErrorException InternalFailure
        InternalServerError InternalServerException InternalServiceError KMSInternalException
        PaginationError ServiceException ServiceFailure ServiceUnavailable
        ServiceUnavailableException Unavailable UnreadableAnswerError""",
}
"""AWS's error codes, and the classes of botocore's errors where AWS did not answer."""

_REASON_BY_CODE = {code: reason for reason, codes in _CODES.items() for code in codes.split()}
_RETRYABLE = frozenset(
    {
        Reason.THROTTLED,
        Reason.TIMEOUT,
        Reason.UNREACHABLE,
        Reason.SERVICE_ERROR,
        Reason.STORAGE_UNAVAILABLE,
    }
)
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
_SCP_WORDS = "service control policy"
_HTTP_SERVER_ERROR = 500

UNKNOWN_CODE = "Unknown"
"""Stands for the code of an error that AWS gives none."""


def error_code(error: BaseException) -> str:
    """Return AWS's error code, or the exception's class name where AWS did not answer."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code") or UNKNOWN_CODE)
    return type(error).__name__


def explain(error: BaseException) -> Failure:
    """Return the failure that `error` stands for; every exception has one.

    SCP denials carry the words 'service control policy' in their message
    (IAM User Guide, 'Troubleshoot access denied error messages').
    """
    if isinstance(error, RoleNotAssumedError):
        return _role_failure(error)
    if isinstance(error, RunDeadlineError):
        return _failure(Reason.TIMEOUT, error)
    if isinstance(error, StorageError):
        retryable = not isinstance(error, StorageRefusedError)
        cause = error.__cause__ or error
        return Failure(Reason.STORAGE_UNAVAILABLE, error_code(cause), str(error), retryable)
    if isinstance(error, UnusableRowError):
        return Failure(Reason.UNUSABLE_ROW, "", str(error), retryable=False)
    if isinstance(error, ClientError):
        return _failure(_client_error_reason(error), error)
    return _failure(_transport_reason(error), error)


def explain_code(code: str, message: str) -> Failure:
    """Return the failure that a bare error code, out of a batch answer, stands for."""
    reason = _REASON_BY_CODE.get(code, Reason.REQUEST_REJECTED)
    return Failure(reason, code, redact(message), reason in _RETRYABLE)


def explain_death(error: str, caught: str) -> Failure:
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
    return Failure(reason, error, message, reason in _RETRYABLE)


def _death_message(cause: str) -> str:
    try:
        return str(json.loads(cause)["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return cause


def worst(failures: Iterable[Failure]) -> Failure | None:
    """Return the failure to name first: one that needs a person before one that may pass."""
    return min(failures, key=lambda failure: failure.retryable, default=None)


def _role_failure(error: RoleNotAssumedError) -> Failure:
    if error.__cause__ is None:
        return _failure(Reason.ROLE_DENIED, error)
    answer = explain(error.__cause__)
    if answer.reason in (Reason.ACCESS_DENIED, Reason.REQUEST_REJECTED):
        return replace(answer, reason=Reason.ROLE_DENIED)
    return answer


def _client_error_reason(error: ClientError) -> Reason:
    reason = _REASON_BY_CODE.get(error_code(error))
    if reason is Reason.ACCESS_DENIED and _SCP_WORDS in str(error).lower():
        return Reason.SCP_DENIED
    if reason:
        return reason
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return Reason.SERVICE_ERROR if status >= _HTTP_SERVER_ERROR else Reason.REQUEST_REJECTED


def _transport_reason(error: BaseException) -> Reason:
    if not isinstance(error, BotoCoreError):
        return Reason.INTERNAL
    names = [each.__name__ for each in type(error).__mro__]
    known = [_REASON_BY_CODE[name] for name in names if name in _REASON_BY_CODE]
    return known[0] if known else Reason.REQUEST_REJECTED


def _failure(reason: Reason, error: BaseException) -> Failure:
    return Failure(reason, error_code(error), words(error), reason in _RETRYABLE)
