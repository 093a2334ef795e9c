"""Every error has a reason that an operator can act on, and says whether a retry may help."""

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

from cidb2.errors import (
    RoleNotAssumedError,
    StorageRefusedError,
    StorageUnavailableError,
    UnusableRowError,
)
from cidb2.reasons import Failure, Reason, error_code, explain, explain_code, worst
from tests.support.builders import a_failure, client_error

CODES = {
    Reason.ACCESS_DENIED: [
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "KMSAccessDenied",
        "NotAuthorized",
        "UnauthorizedOperation",
    ],
    Reason.REGION_DISABLED: [
        "IllegalLocationConstraintException",
        "RegionDisabledException",
    ],
    Reason.NOT_OFFERED: [
        "InvalidAction",
        "NotImplemented",
        "UnknownOperation",
        "UnknownOperationException",
        "UnsupportedOperation",
        "UnsupportedOperationException",
    ],
    Reason.ACCOUNT_RESTRICTED: [
        "AccountProblem",
        "AllAccessDisabled",
        "Blocked",
        "NotSignedUp",
        "OptInRequired",
        "PendingVerification",
        "SubscriptionRequired",
        "SubscriptionRequiredException",
    ],
    Reason.SESSION_POLICY: ["MalformedPolicyDocument", "PackedPolicyTooLarge"],
    Reason.CREDENTIALS_REJECTED: [
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSecurity",
        "InvalidSignatureException",
        "InvalidToken",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
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
    Reason.CONFLICT: ["ConflictException", "OperationAborted", "ReplicatedWriteConflictException"],
    Reason.TIMEOUT: ["RequestTimeout", "RequestTimeoutException"],
    Reason.UNREACHABLE: ["BadDigest", "RequestAbortedException"],
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
    Reason.CONFLICT,
    Reason.TIMEOUT,
    Reason.UNREACHABLE,
    Reason.SERVICE_ERROR,
    Reason.STORAGE_UNAVAILABLE,
}
EVERY_CODE = [(code, reason) for reason, codes in CODES.items() for code in codes]
SCP = "User: x is not authorized with an explicit deny in a service control policy"
USER = "User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: kms:ListKeys"
ASKED = f"{USER} on resource: arn:aws:kms:us-east-1:1:key/*"
DENIALS = [
    ("with an explicit deny in a service control policy", Reason.SCP_DENIED),
    ("because no service control policy allows the kms:ListKeys action", Reason.SCP_DENIED),
    ("due to an explicit deny in a Service Control Policy", Reason.SCP_DENIED),
    ("an explicit deny in a service control policy: arn:aws:organizations::1:x", Reason.SCP_DENIED),
    ("with an explicit deny in a resource control policy", Reason.RCP_DENIED),
    ("with an explicit deny in a permissions boundary", Reason.BOUNDARY_DENIED),
    ("because no permissions boundary allows the kms:ListKeys action", Reason.BOUNDARY_DENIED),
    ("with an explicit deny in a session policy", Reason.SESSION_POLICY),
    ("because no session policy allows the kms:ListKeys action", Reason.SESSION_POLICY),
    ("with an explicit deny in a VPC endpoint policy", Reason.ENDPOINT_POLICY_DENIED),
    ("because no VPC endpoint policy allows the s3:x action", Reason.ENDPOINT_POLICY_DENIED),
    ("with an explicit deny in a resource-based policy", Reason.RESOURCE_POLICY_DENIED),
    ("because no resource-based policy allows the kms:x action", Reason.RESOURCE_POLICY_DENIED),
    ("with an explicit deny in an identity-based policy", Reason.ACCESS_DENIED),
    ("because no identity-based policy allows the kms:ListKeys action", Reason.ACCESS_DENIED),
    (
        "because the resource does not exist in this Region, no resource-based policies allow it",
        Reason.ACCESS_DENIED,
    ),
    ("", Reason.ACCESS_DENIED),
]
"""How AWS's messages end: IAM User Guide, 'Troubleshoot access denied error messages'; Amazon S3
User Guide, 'Troubleshoot access denied (403 Forbidden) errors'; the last but one is KMS's own."""

NOT_OFFERED = [
    ("InvalidParameterValueException", "Access Denied to API Version: DAX_V3"),
    ("AccessDeniedException", "Unable to determine service/operation name to be authorized"),
    ("AccessDenied", "Unable to determine service/operation name to be authorized."),
    ("InvalidAction", "Operation (ListPlatformApplications) is not supported in this region"),
    ("InvalidRequest", "Operation (ListX) is not supported in this region"),
    ("UnknownOperationException", "The requested operation is not supported in the called region."),
    ("UnknownOperationException", "Operation is disabled in this region."),
    ("ValidationException", "The feature is not available in this Region"),
    ("UnsupportedOperation", ""),
]
"""What regions answered that lack a function: Lambda (zappa/Zappa#1425), SNS
(rebuy-de/aws-nuke#301), SageMaker and EventBridge (hashicorp/terraform-provider-aws#27258, #21415).
"""
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


@pytest.mark.parametrize(("because", "reason"), DENIALS)
@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"])
def test_a_denial_is_told_by_the_kind_of_policy_that_aws_names(
    code: str, because: str, reason: Reason
) -> None:
    failure = explain(client_error(code, f"{ASKED} {because}", 403))
    assert failure.reason is reason
    assert not failure.retryable
    assert explain_code(code, f"{ASKED} {because}").reason is reason


def test_a_role_that_is_named_like_a_policy_does_not_change_who_denied() -> None:
    named = f"{ASKED}/service-control-policy because no identity-based policy allows it"
    assert explain(client_error("AccessDenied", named)).reason is Reason.ACCESS_DENIED


@pytest.mark.parametrize(("code", "message"), NOT_OFFERED)
def test_what_a_region_does_not_offer_is_not_denied(code: str, message: str) -> None:
    failure = explain(client_error(code, message, 403))
    assert (failure.reason, failure.retryable) == (Reason.NOT_OFFERED, False)


def test_the_words_of_a_region_mean_nothing_to_what_may_pass() -> None:
    throttled = client_error("Throttling", "not supported in this region")
    assert explain(throttled).reason is Reason.THROTTLED


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("You are not subscribed to this service.", Reason.ACCOUNT_RESTRICTED),
        ("The AWS Access Key Id needs a subscription for the service", Reason.ACCOUNT_RESTRICTED),
        ("You are not subscribed to the region ap-east-1", Reason.REGION_DISABLED),
    ],
)
def test_a_subscription_is_the_accounts_unless_aws_speaks_of_the_region(
    message: str, reason: Reason
) -> None:
    assert explain(client_error("OptInRequired", message, 403)).reason is reason


def test_the_words_of_an_scp_mean_nothing_without_a_denial() -> None:
    assert explain(client_error("Throttling", SCP)).reason is Reason.THROTTLED


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, Reason.REQUEST_REJECTED),
        (429, Reason.THROTTLED),
        (499, Reason.REQUEST_REJECTED),
        (500, Reason.SERVICE_ERROR),
        (501, Reason.NOT_OFFERED),
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
        (client_error("AccessDenied", "because no role trust policy allows"), Reason.ROLE_DENIED),
        (
            client_error("AccessDenied", "an explicit deny in a resource-based policy"),
            Reason.ROLE_DENIED,
        ),
        (
            client_error("AccessDenied", "because no permissions boundary allows it"),
            Reason.BOUNDARY_DENIED,
        ),
        (client_error("PackedPolicyTooLarge"), Reason.SESSION_POLICY),
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


def test_a_row_that_is_unusable_has_no_code_of_aws() -> None:
    told = Failure(Reason.UNUSABLE_ROW, "", "row: not an item", retryable=False)
    assert explain(UnusableRowError("row: not an item")) == told


def test_storage_without_a_cause_is_named_by_its_class() -> None:
    assert explain(StorageUnavailableError("rows")).error_code == "StorageUnavailableError"


def test_what_needs_a_person_is_named_before_what_may_pass() -> None:
    passing, denied = a_failure(), a_failure(Reason.ACCESS_DENIED, "Denied", retryable=False)
    assert worst([passing, denied]) is denied
    assert worst([denied, passing]) is denied
    assert worst([]) is None


def test_of_failures_that_weigh_the_same_the_first_is_named() -> None:
    first, second = a_failure(), a_failure(Reason.TIMEOUT, "RequestTimeout")
    assert worst([first, second]) is first
    assert worst([second, first]) is second
