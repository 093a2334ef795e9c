"""Reasons of failures: maps AWS's errors to reasons that an operator can act on.

One mapping for all services that CIDB2 calls. `docs/reasons.md` says what to do for each reason.
"""

import re
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
    RCP_DENIED = "RCP_DENIED"
    BOUNDARY_DENIED = "BOUNDARY_DENIED"
    RESOURCE_POLICY_DENIED = "RESOURCE_POLICY_DENIED"
    ENDPOINT_POLICY_DENIED = "ENDPOINT_POLICY_DENIED"
    SESSION_POLICY = "SESSION_POLICY"
    ACCESS_DENIED = "ACCESS_DENIED"
    REGION_DISABLED = "REGION_DISABLED"
    NOT_OFFERED = "NOT_OFFERED"
    ACCOUNT_RESTRICTED = "ACCOUNT_RESTRICTED"
    CREDENTIALS_REJECTED = "CREDENTIALS_REJECTED"
    THROTTLED = "THROTTLED"
    CONFLICT = "CONFLICT"
    TIMEOUT = "TIMEOUT"
    UNREACHABLE = "UNREACHABLE"
    SERVICE_ERROR = "SERVICE_ERROR"
    INCOMPLETE_ANSWER = "INCOMPLETE_ANSWER"
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
    """A failure: the reason, AWS's own code and message, and whether a retry may help."""

    reason: Reason
    error_code: str
    message: str
    retryable: bool

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        """Return the failure of a document that `dataclasses.asdict` created."""
        return cls(**{**document, "reason": Reason(document["reason"])})


_CODES = {
    Reason.SESSION_POLICY: "MalformedPolicyDocument PackedPolicyTooLarge",
    Reason.ACCESS_DENIED: """
        AccessDenied AccessDeniedException AccessDeniedForDependencyException
        AccountNotManagementOrDelegatedAdministratorException AuthorizationError
        CallerIsNotManagementAccountException EC2AccessDeniedException ForbiddenException
        KMSAccessDenied KmsAccessDenied KMSAccessDeniedException KmsAccessDeniedException
        NotAuthorized NotAuthorizedException UnauthorizedException UnauthorizedOperation""",
    Reason.REGION_DISABLED: "IllegalLocationConstraintException RegionDisabledException",
    Reason.NOT_OFFERED: """
        EndpointNotOfferedError InvalidAction NotImplemented NotSupportedService
        OperationNotSupportedException UnknownOperation UnknownOperationException
        UnsupportedActionException UnsupportedAPIEndpointException UnsupportedOperation
        UnsupportedOperationException""",
    Reason.ACCOUNT_RESTRICTED: """
        AccountProblem AllAccessDisabled Blocked KMSOptInRequired KmsOptInRequired
        NotSignedUp OptInRequired PendingVerification SubscriptionRequired
        SubscriptionRequiredException UnauthorizedAccessError""",
    Reason.CREDENTIALS_REJECTED: """
        AuthFailure ExpiredToken ExpiredTokenException IncompleteSignature
        InvalidAccessKeyId InvalidClientTokenId InvalidSecurity InvalidSignature
        InvalidSignatureException InvalidToken MissingAuthenticationToken
        MissingAuthenticationTokenException RequestExpired RequestTimeTooSkewed
        SignatureDoesNotMatch TokenRefreshRequired UnrecognizedClientException
        UnsupportedSignature""",
    Reason.THROTTLED: """
        BandwidthLimitExceeded DependencyThrottle EC2ThrottledException KmsThrottled
        KMSThrottling KmsThrottlingException LimitExceededException PriorRequestNotComplete
        ProvisionedThroughputExceededException RequestLimitExceeded RequestThrottled
        RequestThrottledException SlowDown Throttled ThrottledException Throttling
        ThrottlingException TooManyRequestsException TransactionInProgressException""",
    Reason.CONFLICT: """
        ConcurrentAccess ConcurrentModification ConcurrentModificationException
        ConditionalRequestConflict ConflictException EntityTemporarilyUnmodifiable
        OperationAborted PolicyChangesInProgressException ReplicatedWriteConflictException
        ResourceConflictException ResourceContention ResourceNotReadyException
        TransactionConflictException""",
    Reason.TIMEOUT: """
        ConnectTimeoutError OperationTimeoutException ReadTimeoutError RequestTimeout
        RequestTimeoutException""",
    Reason.UNREACHABLE: """
        BadDigest ConnectionClosedByRequester ConnectionClosedError ConnectionError
        EndpointConnectionError HTTPClientError IncompleteBody ProxyConnectionError
        RequestAbortedException ResponseInterrupted SSLError""",
    Reason.SERVICE_ERROR: """
        DependencyTimeoutException EC2UnexpectedException FederationSourceRetryableException
        HealthUnavailable IDPCommunicationError InternalError InternalErrorException
        InternalException InternalFailure InternalFailureException InternalServerError
        InternalServerErrorException InternalServerException InternalServiceError
        InternalServiceException KeyUnavailableException KMSInternalException
        PaginationError PolicyEvaluation ServerException ServerInternal ServiceException
        ServiceFailure ServiceUnavailable ServiceUnavailableException Unavailable
        UnreadableAnswerError WAFInternalErrorException
        WAFTagOperationInternalErrorException""",
    Reason.INCOMPLETE_ANSWER: "IncompleteAnswerError",
}
"""AWS's error codes, and the classes of botocore's errors if AWS did not answer."""

_REASON_BY_CODE = {code: reason for reason, codes in _CODES.items() for code in codes.split()}
RETRYABLE = frozenset(
    {
        Reason.THROTTLED,
        Reason.CONFLICT,
        Reason.TIMEOUT,
        Reason.UNREACHABLE,
        Reason.SERVICE_ERROR,
        Reason.INCOMPLETE_ANSWER,
        Reason.STORAGE_UNAVAILABLE,
    }
)
_ROLE_REFUSED = (Reason.ACCESS_DENIED, Reason.RESOURCE_POLICY_DENIED, Reason.REQUEST_REJECTED)
"""The reasons for which STS refuses a role; a trust policy is a resource policy."""

_DENIER = re.compile(
    r"(?:explicit deny in|because no)(?: an?| the)? ([\w -]*?(?:policy|boundary))\b", re.IGNORECASE
)
_DENIERS = {
    "service control policy": Reason.SCP_DENIED,
    "resource control policy": Reason.RCP_DENIED,
    "permissions boundary": Reason.BOUNDARY_DENIED,
    "resource-based policy": Reason.RESOURCE_POLICY_DENIED,
    "vpc endpoint policy": Reason.ENDPOINT_POLICY_DENIED,
    "session policy": Reason.SESSION_POLICY,
}
"""The kinds of policy that AWS's messages name (IAM User Guide, 'Troubleshoot access denied error
messages'); any other, such as an identity-based policy, is a plain denial."""

DENIALS = frozenset({Reason.ACCESS_DENIED, *_DENIERS.values()})

_NOT_OFFERED = re.compile(
    r"unable to determine service/operation name"
    r"|access denied to api version"
    r"|(?:not supported|not available|disabled) in (?:this|the called|the requested) region",
    re.IGNORECASE,
)
"""Messages, under various codes, by which a region says that it does not support an operation."""

_STATUS = {429: Reason.THROTTLED, 501: Reason.NOT_OFFERED}
_HTTP_SERVER_ERROR = 500

UNKNOWN_CODE = "Unknown"
"""The code of an error for which AWS gives none."""


def error_code(error: BaseException) -> str:
    """Return AWS's error code, or the exception's class name if AWS did not answer."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code") or UNKNOWN_CODE)
    return type(error).__name__


def explain(error: BaseException) -> Failure:
    """Return the failure of any exception."""
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


def explain_code(code: str, message: str, status: int = 0) -> Failure:
    """Return the failure of an answer's error code, message and HTTP status."""
    reason = _reason(code, message, status)
    return Failure(reason, code, redact(message), reason in RETRYABLE)


def worst(failures: Iterable[Failure]) -> Failure | None:
    """Return the most severe failure: a permanent one before one that a retry may solve.

    What a region does not offer comes last, because nobody can act on it.
    """
    return min(failures, key=_leniency, default=None)


def _leniency(failure: Failure) -> tuple[bool, bool]:
    return failure.reason is Reason.NOT_OFFERED, failure.retryable


def _role_failure(error: RoleNotAssumedError) -> Failure:
    if error.__cause__ is None:
        return _failure(Reason.ROLE_DENIED, error)
    answer = explain(error.__cause__)
    if answer.reason in _ROLE_REFUSED:
        return replace(answer, reason=Reason.ROLE_DENIED)
    return answer


def _client_error_reason(error: ClientError) -> Reason:
    message = str(error.response.get("Error", {}).get("Message") or "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return _reason(error_code(error), message, status)


def _reason(code: str, message: str, status: int) -> Reason:
    reason = _REASON_BY_CODE.get(code) or _reason_of_status(status)
    if reason in (Reason.ACCESS_DENIED, Reason.REQUEST_REJECTED) and _NOT_OFFERED.search(message):
        return Reason.NOT_OFFERED
    if reason is Reason.ACCESS_DENIED and (denier := _DENIER.search(message)):
        return _DENIERS.get(denier[1].lower(), reason)
    if code == "OptInRequired" and "region" in message.lower():
        return Reason.REGION_DISABLED
    return reason


def _reason_of_status(status: int) -> Reason:
    """Return the reason that follows from the HTTP status, for an unknown code."""
    default = Reason.SERVICE_ERROR if status >= _HTTP_SERVER_ERROR else Reason.REQUEST_REJECTED
    return _STATUS.get(status, default)


def _transport_reason(error: BaseException) -> Reason:
    if not isinstance(error, BotoCoreError):
        return Reason.INTERNAL
    names = [each.__name__ for each in type(error).__mro__]
    known = [_REASON_BY_CODE[name] for name in names if name in _REASON_BY_CODE]
    return known[0] if known else Reason.REQUEST_REJECTED


def _failure(reason: Reason, error: BaseException) -> Failure:
    return Failure(reason, error_code(error), words(error), reason in RETRYABLE)
