"""How the caller sends again, counts, slows down and fails; what it asks is botocore's affair."""

import socket
from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
    ReadTimeoutError,
    SSLError,
    UnsupportedSignatureVersionError,
)

from cidb2.aws import calling
from cidb2.aws.caller import Caller
from cidb2.aws.endpoints import EndpointNotOfferedError
from cidb2.aws.parsers import UnreadableAnswerError
from cidb2.aws.protocols import Protocols
from cidb2.aws.rates import OperationRate
from cidb2.aws.retries import Retries
from cidb2.reasons import Reason, explain
from tests.support.builders import ACCOUNT

REGION = "eu-west-1"
KEYS = b'{"Keys": []}'
THROTTLED = (400, b'{"__type": "ThrottlingException", "message": "Rate exceeded"}')
DENIED = (400, b'{"__type": "AccessDeniedException", "message": "no"}')
BROKEN = (500, b"")
URL = "https://kms.eu-west-1.amazonaws.com/"
PROTOCOLS = Protocols()

Outcome = tuple[int, bytes] | Exception


class FakeConnections:
    """Gives out outcomes in turn, then an empty list of keys for good."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self.headers: list[Mapping[str, str]] = []
        self.urls: list[str] = []

    def send(self, _method: str, url: str, headers: Mapping[str, str], _: bytes) -> AWSResponse:
        self.headers.append(headers)
        self.urls.append(url)
        outcome = self.outcomes.pop(0) if self.outcomes else (200, KEYS)
        if isinstance(outcome, Exception):
            raise outcome
        status, body = outcome
        response: Any = AWSResponse
        answered: AWSResponse = response(url, status, HeadersDict(), _Body(body))
        return answered


class _Body:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> list[bytes]:
        return [self._body]


@pytest.fixture
def aws() -> FakeConnections:
    return FakeConnections()


@pytest.fixture
def caller(aws: FakeConnections) -> Caller:
    return a_caller(aws, Credentials("key", "secret", "token"))


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """For how long the caller waits before it sends again, in seconds; here it does not."""
    waited: list[float] = []
    monkeypatch.setattr(calling, "sleep", waited.append)
    monkeypatch.setattr(calling, "OperationRate", lambda: OperationRate(sleep=lambda _: None))
    return waited


def a_caller(aws: FakeConnections, credentials: Any) -> Caller:
    return Caller(ACCOUNT, credentials, "us-east-1", PROTOCOLS, cast("Any", aws), threads=1)


def list_keys(caller: Caller) -> Any:
    return caller.call("kms", REGION, "ListKeys", {})


@pytest.mark.parametrize(
    "outcome",
    [
        THROTTLED,
        BROKEN,
        (503, b"<html>"),
        ConnectionClosedError(endpoint_url=URL),
        ConnectTimeoutError(endpoint_url=URL),
        EndpointConnectionError(endpoint_url=URL),
        ReadTimeoutError(endpoint_url=URL),
        SSLError(endpoint_url=URL, error=OSError("no")),
    ],
)
def test_what_may_pass_is_sent_again(
    caller: Caller, aws: FakeConnections, waits: list[float], outcome: Outcome
) -> None:
    aws.outcomes = [outcome, outcome]
    answer = list_keys(caller)
    assert answer["Keys"] == []
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2
    assert [headers["amz-sdk-request"] for headers in aws.headers] == [
        "attempt=1",
        "attempt=2; max=5",
        "attempt=3; max=5",
    ]
    assert len({headers["amz-sdk-invocation-id"] for headers in aws.headers}) == 1
    assert len(waits) == 2
    assert 0 <= waits[0] <= 1
    assert 0 <= waits[1] <= 2


@pytest.mark.parametrize(
    ("outcome", "kind", "reason"),
    [
        (THROTTLED, ClientError, Reason.THROTTLED),
        (BROKEN, ClientError, Reason.SERVICE_ERROR),
        (ReadTimeoutError(endpoint_url=URL), ReadTimeoutError, Reason.TIMEOUT),
        (ConnectionClosedError(endpoint_url=URL), ConnectionClosedError, Reason.UNREACHABLE),
    ],
)
def test_after_five_attempts_it_gives_up(
    caller: Caller, aws: FakeConnections, outcome: Outcome, kind: type[Exception], reason: Reason
) -> None:
    aws.outcomes = [outcome] * 9
    with pytest.raises(kind) as raised:
        list_keys(caller)
    assert len(aws.headers) == 5
    assert explain(raised.value).reason is reason
    if isinstance(raised.value, ClientError):
        metadata = cast("Any", raised.value.response["ResponseMetadata"])
        assert (metadata["RetryAttempts"], metadata["MaxAttemptsReached"]) == (4, True)


def test_a_refusal_is_final(caller: Caller, aws: FakeConnections, waits: list[float]) -> None:
    aws.outcomes = [DENIED]
    with pytest.raises(ClientError, match=r"\(AccessDeniedException\) .* ListKeys operation: no"):
        list_keys(caller)
    assert len(aws.headers) == 1
    assert not waits


@pytest.mark.parametrize("status", [301, 307, 308])
def test_a_redirect_is_a_refusal_and_not_followed(
    caller: Caller, aws: FakeConnections, status: int
) -> None:
    aws.outcomes = [(status, b"")] * 9
    with pytest.raises(ClientError):
        list_keys(caller)
    assert len(aws.headers) == 1


def test_no_wait_is_longer_than_twenty_seconds(
    caller: Caller, aws: FakeConnections, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "Retries", lambda _: Retries(9))
    for _ in range(10):
        aws.outcomes = [BROKEN] * 8
        list_keys(caller)
    assert 4 < max(waits) <= 20


def test_retries_end_where_most_of_what_is_asked_fails(
    caller: Caller, aws: FakeConnections
) -> None:
    """As botocore's: 500 tokens, 5 for each retry, 10 after a timeout."""
    aws.outcomes = [BROKEN] * 1000
    for _ in range(26):
        with pytest.raises(ClientError):
            list_keys(caller)
    assert len(aws.headers) == 26 + 100
    sent = len(aws.headers)
    with pytest.raises(ClientError) as raised:
        caller.call("kms", "eu-west-2", "ListKeys", {})
    assert len(aws.headers) == sent + 5, "another region has a quota of its own"
    assert "RetryQuotaReached" not in raised.value.response["ResponseMetadata"]


def test_credentials_are_fresh_at_each_attempt(aws: FakeConnections) -> None:
    class Refreshed:
        number = 0

        def get_frozen_credentials(self) -> ReadOnlyCredentials:
            self.number += 1
            return ReadOnlyCredentials(f"key{self.number}", "secret", f"token{self.number}")

    aws.outcomes = [BROKEN]
    list_keys(a_caller(aws, Refreshed()))
    assert [headers["X-Amz-Security-Token"] for headers in aws.headers] == ["token1", "token2"]
    assert ["key1/" in aws.headers[0]["Authorization"], "key2/" in aws.headers[1]["Authorization"]]


def test_an_expired_token_is_told_and_not_sent_again(caller: Caller, aws: FakeConnections) -> None:
    aws.outcomes = [(400, b'{"__type": "ExpiredTokenException", "message": "expired"}')]
    with pytest.raises(ClientError) as raised:
        list_keys(caller)
    assert explain(raised.value).reason is Reason.CREDENTIALS_REJECTED
    assert len(aws.headers) == 1


def test_requests_are_counted_by_region_and_operation_and_retries_among_them(
    caller: Caller, aws: FakeConnections
) -> None:
    aws.outcomes = [THROTTLED, ConnectionClosedError(endpoint_url=URL)]
    list_keys(caller)
    caller.call("kms", None, "DescribeKey", {"KeyId": "k"})
    assert caller.counts.requests_so_far() == {
        (REGION, "kms:ListKeys"): 3,
        ("us-east-1", "kms:DescribeKey"): 1,
    }
    assert caller.counts.throttles_so_far() == 1


def test_what_is_counted_for_one_purpose_is_not_counted_for_another(caller: Caller) -> None:
    keys, others = caller.counted_for("keys"), caller.counted_for("others")
    list_keys(keys)
    counts = (keys.counts, others.counts, caller.counts)
    assert [each.requests_so_far().total() for each in counts] == [1, 0, 0]
    assert caller.counted_for("keys") is keys


def test_an_operation_that_is_throttled_is_asked_for_at_a_rate(
    caller: Caller, aws: FakeConnections, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    class Rate:
        def __getattr__(self, name: str) -> Callable[[], None]:
            return lambda: told.append(name)

    monkeypatch.setattr(calling, "OperationRate", Rate)
    aws.outcomes = [THROTTLED, ConnectionClosedError(endpoint_url=URL)]
    list_keys(caller)
    assert told == ["wait", "refused", "wait", "wait", "answered"]


@pytest.mark.parametrize(
    ("errno", "kind", "attempts"),
    [
        (socket.EAI_NONAME, EndpointNotOfferedError, 1),
        (socket.EAI_AGAIN, EndpointConnectionError, 5),
    ],
)
def test_a_region_without_the_service_is_asked_once(
    caller: Caller, aws: FakeConnections, errno: int, kind: type[Exception], attempts: int
) -> None:
    error = EndpointConnectionError(endpoint_url=URL)
    error.__cause__ = socket.gaierror(errno, "unknown")
    aws.outcomes = [error] * 5
    with pytest.raises(kind) as raised:
        caller.call("codepipeline", "mx-central-1", "ListPipelines", {})
    assert type(raised.value) is kind
    assert caller.counts.requests_so_far().total() == attempts


@pytest.mark.parametrize("body", [b'{"Keys": 5}', b"\xff"])
def test_an_answer_that_cannot_be_read_quotes_nothing(
    caller: Caller, aws: FakeConnections, body: bytes
) -> None:
    aws.outcomes = [(200, body)]
    with pytest.raises(UnreadableAnswerError) as raised:
        list_keys(caller)
    assert body.decode(errors="replace") not in str(raised.value)
    assert caller.counts.requests_so_far().total() == 1


def test_an_error_loses_the_credentials_that_it_quotes(
    caller: Caller, aws: FakeConnections
) -> None:
    aws.outcomes = [(400, b'{"__type": "InvalidX", "message": "AKIAIOSFODNN7EXAMPLE is unknown"}')]
    with pytest.raises(ClientError) as raised:
        list_keys(caller)
    assert raised.value.response["Error"]["Message"] == "(redacted) is unknown"


@pytest.mark.parametrize(
    "body",
    [
        b'{"__type": "' + b"x" * 100_000 + b'", "message": null}',
        b'{"__type": "a\\u0000b#c:d", "message": "\\u2028<script>"}',
        b'{"message": {"deep": []}}',
        b"[]",
    ],
)
def test_an_error_in_odd_words_is_still_one(
    caller: Caller, aws: FakeConnections, body: bytes
) -> None:
    aws.outcomes = [(400, body)]
    with pytest.raises((ClientError, UnreadableAnswerError)):
        list_keys(caller)


def test_wrong_arguments_are_refused_before_anything_is_sent(
    caller: Caller, aws: FakeConnections
) -> None:
    with pytest.raises(ParamValidationError):
        caller.call("kms", REGION, "DescribeKey", {})
    assert not aws.headers


def test_what_is_given_is_not_changed(caller: Caller) -> None:
    params = {"Id": "/hostedzone/Z1"}
    with pytest.raises(UnreadableAnswerError):
        caller.call("route53", None, "GetHostedZone", params)
    assert params == {"Id": "/hostedzone/Z1"}


def test_a_signature_that_is_not_version_4_is_not_made(
    caller: Caller, aws: FakeConnections
) -> None:
    with pytest.raises(UnsupportedSignatureVersionError):
        caller.call("sts", REGION, "AssumeRoleWithWebIdentity", _WEB_IDENTITY)
    assert not aws.headers


_WEB_IDENTITY = {
    "RoleArn": "arn:aws:iam::1:role/r",
    "RoleSessionName": "it",
    "WebIdentityToken": "token",
}


def test_operations_are_methods_as_botocores_are(caller: Caller, aws: FakeConnections) -> None:
    kms = caller.client("kms", REGION)
    assert kms.list_keys(Limit=5)["Keys"] == []
    aws.outcomes = [
        (200, b'{"Keys": [{"KeyId": "1"}], "NextMarker": "n", "Truncated": true}'),
        (200, b'{"Keys": [{"KeyId": "2"}], "Truncated": false}'),
    ]
    pages = kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 1})
    assert [key["KeyId"] for page in pages for key in page["Keys"]] == ["1", "2"]
    assert not hasattr(kms, "list_kings")
    assert {*aws.urls} == {URL}


def test_an_endpoint_that_is_set_counts_as_it_does_for_clients(
    aws: FakeConnections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:2/kms")
    credentials = Credentials("key", "secret")
    other = Caller(ACCOUNT, credentials, REGION, Protocols(), cast("Any", aws), threads=1)
    other.call("kms", None, "ListKeys", {})
    other.call("sqs", None, "ListQueues", {})
    assert aws.urls == ["http://127.0.0.1:2/kms", "http://127.0.0.1:1/"]
    assert aws.headers[0]["Host"] == "127.0.0.1:2"
