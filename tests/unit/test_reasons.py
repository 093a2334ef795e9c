"""Every error has a reason that an operator can act on, and says whether a retry may help."""

import json

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ParamValidationError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)
from hypothesis import given
from hypothesis import strategies as st

from cidb2.errors import (
    RoleNotAssumedError,
    StorageRefusedError,
    StorageUnavailableError,
)
from cidb2.reasons import Failure, Reason, error_code, explain, explain_code, explain_death, worst
from tests.support.builders import a_failure, client_error

CODES = {
    Reason.ACCESS_DENIED: [
        "AccessDenied",
        "AccessDeniedException",
        "AllAccessDisabled",
        "AuthorizationError",
        "KMSAccessDenied",
        "UnauthorizedOperation",
    ],
    Reason.REGION_DISABLED: [
        "IllegalLocationConstraintException",
        "OptInRequired",
        "RegionDisabledException",
    ],
    Reason.CREDENTIALS_REJECTED: [
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidToken",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    ],
    Reason.THROTTLED: [
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "KMSThrottling",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttled",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    ],
    Reason.TIMEOUT: ["RequestTimeout", "RequestTimeoutException"],
    Reason.SERVICE_ERROR: [
        "DependencyTimeoutException",
        "InternalError",
        "InternalErrorException",
        "InternalFailure",
        "InternalServerError",
        "InternalServerException",
        "InternalServiceError",
        "KMSInternalException",
        "ServiceException",
        "ServiceFailure",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "Unavailable",
    ],
}
MAY_PASS = {
    Reason.THROTTLED,
    Reason.TIMEOUT,
    Reason.UNREACHABLE,
    Reason.SERVICE_ERROR,
    Reason.STORAGE_UNAVAILABLE,
}
EVERY_CODE = [(code, reason) for reason, codes in CODES.items() for code in codes]
SCP = "User: x is not authorized with an explicit deny in a service control policy"
URL = {"endpoint_url": "https://aws"}
TRANSPORT = [
    (ReadTimeoutError(**URL), Reason.TIMEOUT),
    (ConnectTimeoutError(**URL), Reason.TIMEOUT),
    (EndpointConnectionError(**URL), Reason.UNREACHABLE),
    (ConnectionClosedError(**URL), Reason.UNREACHABLE),
    (ProxyConnectionError(proxy_url="https://proxy"), Reason.UNREACHABLE),
    (SSLError(**URL, error=OSError("bad")), Reason.UNREACHABLE),
    (HTTPClientError(error="bad"), Reason.UNREACHABLE),
    (NoCredentialsError(), Reason.REQUEST_REJECTED),
    (ParamValidationError(report="bad"), Reason.REQUEST_REJECTED),
    (BotoCoreError(), Reason.REQUEST_REJECTED),
]


def role_error(cause: Exception | None) -> RoleNotAssumedError:
    error = RoleNotAssumedError("arn:aws:iam::234567890123:role/CIDB2-Collector-Role")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(("code", "reason"), EVERY_CODE)
def test_every_code_has_its_reason(code: str, reason: Reason) -> None:
    failure = explain(client_error(code, "AWS's words"))
    assert failure.reason is reason
    assert failure.error_code == code
    assert "AWS's words" in failure.message
    assert failure.retryable is (reason in MAY_PASS)


@pytest.mark.parametrize(("code", "reason"), EVERY_CODE)
def test_a_code_out_of_a_batch_answer_has_the_same_reason(code: str, reason: Reason) -> None:
    assert explain_code(code, "words") == Failure(reason, code, "words", reason in MAY_PASS)


@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"])
def test_a_denial_by_a_service_control_policy_is_told_from_a_plain_one(code: str) -> None:
    failure = explain(client_error(code, SCP))
    assert failure.reason is Reason.SCP_DENIED
    assert not failure.retryable


def test_the_words_of_an_scp_mean_nothing_without_a_denial() -> None:
    assert explain(client_error("Throttling", SCP)).reason is Reason.THROTTLED


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, Reason.REQUEST_REJECTED),
        (499, Reason.REQUEST_REJECTED),
        (500, Reason.SERVICE_ERROR),
        (503, Reason.SERVICE_ERROR),
    ],
)
def test_an_unknown_code_is_judged_by_its_http_status(status: int, reason: Reason) -> None:
    failure = explain(client_error("Novel", status=status))
    assert failure.reason is reason
    assert failure.retryable is (reason in MAY_PASS)


def test_an_answer_without_code_or_status_is_a_rejected_request() -> None:
    failure = explain(ClientError({}, "Operation"))
    assert (failure.reason, failure.error_code) == (Reason.REQUEST_REJECTED, "Unknown")


@pytest.mark.parametrize(("error", "reason"), TRANSPORT, ids=lambda each: type(each).__name__)
def test_where_aws_did_not_answer_the_error_is_named_by_its_class(
    error: BotoCoreError, reason: Reason
) -> None:
    failure = explain(error)
    assert (failure.reason, failure.error_code) == (reason, type(error).__name__)
    assert failure.retryable is (reason in MAY_PASS)


@pytest.mark.parametrize("name", ["ReadTimeoutError", "EndpointConnectionError"])
def test_an_unreadable_fields_transport_error_has_its_reason_too(name: str) -> None:
    wanted = {"ReadTimeoutError": Reason.TIMEOUT, "EndpointConnectionError": Reason.UNREACHABLE}
    assert explain_code(name, "").reason is wanted[name]


def test_any_other_exception_is_internal() -> None:
    told = Failure(Reason.INTERNAL, "KeyError", "KeyError", retryable=False)
    assert explain(KeyError("what was read")) == told
    assert explain(TimeoutError()).reason is Reason.INTERNAL


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        (client_error("AccessDenied"), Reason.ROLE_DENIED),
        (client_error("ValidationError"), Reason.ROLE_DENIED),
        (client_error("AccessDenied", SCP), Reason.SCP_DENIED),
        (client_error("RegionDisabledException"), Reason.REGION_DISABLED),
        (client_error("ExpiredToken"), Reason.CREDENTIALS_REJECTED),
        (client_error("Throttling"), Reason.THROTTLED),
        (client_error("Odd", status=500), Reason.SERVICE_ERROR),
        (ReadTimeoutError(**URL), Reason.TIMEOUT),
    ],
)
def test_a_role_that_is_not_assumed_is_denied_unless_sts_says_otherwise(
    cause: Exception, reason: Reason
) -> None:
    failure = explain(role_error(cause))
    assert failure.reason is reason
    assert failure.error_code == error_code(cause)
    assert failure.retryable is (reason in MAY_PASS)


def test_a_role_error_without_a_cause_still_has_a_reason() -> None:
    assert explain(role_error(None)).error_code == "RoleNotAssumedError"


@pytest.mark.parametrize(
    ("kind", "retryable"), [(StorageUnavailableError, True), (StorageRefusedError, False)]
)
def test_the_hubs_own_storage_has_a_reason_of_its_own_and_keeps_awss_code(
    kind: type[Exception], retryable: bool
) -> None:
    error = kind("table: no")
    error.__cause__ = client_error("AccessDenied")
    assert explain(error) == Failure(
        Reason.STORAGE_UNAVAILABLE, "AccessDenied", "table: no", retryable
    )


def test_storage_without_a_cause_is_named_by_its_class() -> None:
    assert explain(StorageUnavailableError("rows")).error_code == "StorageUnavailableError"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("States.Timeout", Reason.TIMEOUT),
        ("States.HeartbeatTimeout", Reason.TIMEOUT),
        ("States.ItemReaderFailed", Reason.STORAGE_UNAVAILABLE),
        ("Sandbox.Timedout", Reason.TIMEOUT),
        ("Lambda.TooManyRequestsException", Reason.THROTTLED),
        ("Lambda.ServiceException", Reason.SERVICE_ERROR),
        ("Lambda.AWSLambdaException", Reason.SERVICE_ERROR),
        ("Lambda.SdkClientException", Reason.SERVICE_ERROR),
        ("StorageUnavailableError", Reason.STORAGE_UNAVAILABLE),
        ("StorageRefusedError", Reason.STORAGE_UNAVAILABLE),
        ("States.TaskFailed", Reason.INTERNAL),
        ("Lambda.Unknown", Reason.INTERNAL),
        ("Runtime.ExitError", Reason.INTERNAL),
        ("KeyError", Reason.INTERNAL),
    ],
)
def test_a_collector_that_died_has_the_reason_that_the_machine_caught(
    error: str, reason: Reason
) -> None:
    caught = json.dumps({"Error": error, "Cause": json.dumps({"errorMessage": "its last words"})})
    assert explain_death(error, caught) == Failure(
        reason, error, "its last words", reason in MAY_PASS
    )


def test_lambdas_own_timeout_is_told_by_its_words() -> None:
    cause = {"errorMessage": "2026-11-24T03:48:30Z 1a2b Task timed out after 900.00 seconds"}
    failure = explain_death("States.TaskFailed", json.dumps({"Cause": json.dumps(cause)}))
    assert failure.reason is Reason.TIMEOUT
    assert failure.retryable


@given(st.text())
def test_any_cause_is_kept_where_it_holds_no_message(cause: str) -> None:
    assert explain_death("X", json.dumps({"Cause": cause})).message == cause


@pytest.mark.parametrize("cause", ["[]", "null", '"text"', "{}"])
def test_json_without_a_message_is_kept_as_it_is(cause: str) -> None:
    assert explain_death("X", json.dumps({"Cause": cause})).message == cause


def test_a_death_without_a_cause_has_no_message() -> None:
    assert explain_death("States.Timeout", '{"Error": "States.Timeout"}').message == ""


def test_what_needs_a_person_is_named_before_what_may_pass() -> None:
    passing, denied = a_failure(), a_failure(Reason.ACCESS_DENIED, "Denied", retryable=False)
    assert worst([passing, denied]) is denied
    assert worst([denied, passing]) is denied
    assert worst([]) is None
