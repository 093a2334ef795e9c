"""The caller asks as botocore's clients ask, and returns and raises what they return and raise.

Both get the same clock, ids and credentials, so that even the signatures have to be equal.
"""

from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from unittest import mock
from uuid import UUID

import botocore
import pytest
from botocore import auth, xform_name
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError
from botocore.handlers import json_decode_policies
from botocore.model import OperationModel
from botocore.session import Session, get_session

from cidb2.aws.caller import S3, Caller
from cidb2.aws.clients import ATTEMPTS, USER_AGENT
from cidb2.aws.protocols import Protocols
from cidb2.aws.sessions import LOADER
from cidb2.types.actions import operations_of
from cidb2.types.catalog import DECLARED
from cidb2.types.models import service_model
from tests.support.builders import ACCOUNT
from tests.support.values import lacking_some, structure
from tests.support.wire import Refusal, rendered

KEYS = Credentials("AKIDEXAMPLE", "secret/key+", "token/+=", account_id=ACCOUNT)
REGION = "eu-west-1"
ELSEWHERE = ("us-east-1", "ap-southeast-4", "us-gov-west-1", "cn-north-1", "us-iso-east-1")
READS = ("BatchGet", "Describe", "Get", "List")

Sent = tuple[str, str, Mapping[str, str], bytes]
"""Method, URL, headers and body."""


def calls() -> dict[str, list[str]]:
    """Return what CIDB2 calls in accounts or is about to: operations by service.

    Those of `operations.txt`, and those of all declared types.
    """
    lines = Path(__file__).with_name("operations.txt").read_text().splitlines()
    parts = (line.partition(":") for line in lines)
    found = {service: {*operations.split()} for service, _, operations in parts}
    for service in DECLARED.values():
        for each in service.types:
            for client, operation in operations_of(service, each):
                found.setdefault(client, set()).add(operation)
    return {name: sorted(operations) for name, operations in found.items() if name not in S3}


CALLS = calls()


def one_of_each_protocol() -> list[str]:
    """Return a service for each protocol that AWS's services speak."""
    protocols = {service_model(service).metadata["protocol"]: service for service in CALLS}
    return sorted(protocols.values())


class Aws:
    """Keeps what the caller and clients of botocore send, and answers as it is told."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.clients: dict[tuple[str, str], Any] = {}
        self.answer: tuple[int, Mapping[str, str], bytes] = (200, {}, b"")

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> AWSResponse:
        """Stand for the connections of the caller."""
        self.sent.append((method, url, headers, body))
        return self._response(url)

    def receive(self, request: Any, **_: Any) -> AWSResponse:
        """Stand for the HTTP session of a client of botocore's."""
        headers = {
            name: value.decode() if isinstance(value, bytes) else value
            for name, value in request.headers.items()
        }
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        self.sent.append((request.method, request.url, headers, body))
        return self._response(request.url)

    def _response(self, url: str) -> AWSResponse:
        status, headers, body = self.answer
        raw = SimpleNamespace(stream=lambda: [body])
        return AWSResponse(url, status, cast("Any", HeadersDict(headers)), cast("Any", raw))


@pytest.fixture(autouse=True)
def same_for_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop clock and chance; sign in Python where awscrt, which Lambda does not have, is here."""
    moment, chance = datetime(2026, 11, 24, 3, 48, 33), UUID(int=7)  # noqa: DTZ001 - as botocore's
    monkeypatch.setattr(auth, "get_current_datetime", lambda: moment)
    monkeypatch.setitem(auth.AUTH_TYPE_MAPS, "v4", auth.SigV4Auth)
    monkeypatch.setattr("uuid.uuid4", lambda: chance)
    monkeypatch.setattr("cidb2.aws.calling.uuid4", lambda: chance)
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setattr("cidb2.aws.calling.sleep", lambda _: None)
    monkeypatch.setattr("cidb2.aws.calling.OperationRate", mock.Mock)


@pytest.fixture(scope="module")
def protocols() -> Protocols:
    return Protocols()


@pytest.fixture
def aws() -> Aws:
    return Aws()


@pytest.fixture
def caller(aws: Aws, protocols: Protocols) -> Caller:
    return Caller(ACCOUNT, KEYS, REGION, protocols, cast("Any", aws), threads=1)


@cache
def botocore_session() -> Session:
    """Return a session as botocore makes it; IAM's policies stay text, as in ours."""
    session = get_session()
    session.register_component("data_loader", LOADER)
    session.unregister("after-call.iam", json_decode_policies)  # type: ignore[arg-type]  # stubs
    return session


def client(service: str, region: str) -> Any:
    """Return a client of botocore's that gives up when the caller here does."""
    make: Any = botocore_session().create_client
    retries: Any = {"mode": "standard", "total_max_attempts": ATTEMPTS}
    config = Config(user_agent=USER_AGENT, retries=retries)
    frozen = KEYS.get_frozen_credentials()
    return make(
        service,
        region,
        config=config,
        aws_access_key_id=frozen.access_key,
        aws_secret_access_key=frozen.secret_key,
        aws_session_token=frozen.token,
        aws_account_id=ACCOUNT,
    )


def model_of(service: str, operation: str) -> OperationModel:
    return botocore_session().get_service_model(service).operation_model(operation)


def arguments(model: OperationModel, *, whole: bool = True) -> dict[str, Any]:
    return structure(model.input_shape, whole=whole) if model.input_shape else {}


def is_streamed(model: OperationModel) -> bool:
    return model.has_streaming_output or model.has_event_stream_output


def by_botocore(
    aws: Aws, service: str, region: str, operation: str, params: Mapping[str, Any]
) -> Any:
    if (service, region) not in aws.clients:
        aws.clients[service, region] = client(service, region)
        aws.clients[service, region].meta.events.register("before-send", aws.receive)
    try:
        return getattr(aws.clients[service, region], xform_name(operation))(**deepcopy(params))
    except (BotoCoreError, ClientError) as error:
        return error


def by_caller(
    caller: Caller, service: str, region: str, operation: str, params: Mapping[str, Any]
) -> Any:
    try:
        return caller.call(service, region, operation, deepcopy(params))
    except (BotoCoreError, ClientError) as error:
        return error


def seen(result: Any) -> Any:
    """Return all of a result that a test can compare."""
    if isinstance(result, ClientError):
        return type(result).__name__, str(result), result.operation_name, result.response
    return (type(result), str(result)) if isinstance(result, Exception) else result


def agree(
    aws: Aws, caller: Caller, service: str, operation: str, params: Any, region: str = REGION
) -> Any:
    """Have both call an operation; compare what they send and what they return or raise."""
    aws.sent.clear()
    expected = by_botocore(aws, service, region, operation, params)
    result = by_caller(caller, service, region, operation, params)
    sent = [as_it_goes_out(each) for each in aws.sent]
    half = len(sent) // 2
    assert sent[:half] == sent[half:], (service, operation, region)
    assert seen(result) == seen(expected), (service, operation, region)
    return result


def as_it_goes_out(sent: Sent) -> Sent:
    """Return what was sent, but for the header that http.client adds for botocore.

    And for the name of the client: others add themselves to botocore's.
    """
    method, url, headers, body = sent
    assert headers["User-Agent"].startswith(USER_AGENT)
    rest = {name: text for name, text in headers.items() if name not in ("Host", "User-Agent")}
    return method, url, rest, body


def test_the_layer_brings_the_botocore_that_is_compared_here() -> None:
    lock = Path("layers/shared/requirements.lock").read_text()
    assert f"\nbotocore=={botocore.__version__} " in lock


@pytest.mark.parametrize("service", CALLS)
def test_requests_are_the_same_with_all_arguments_and_with_none_too_many(
    aws: Aws, caller: Caller, service: str
) -> None:
    for operation in CALLS[service]:
        of = model_of(service, operation)
        aws.answer = rendered(service, of, {})
        for whole in (False, True):
            agree(aws, caller, service, operation, arguments(of, whole=whole))


@pytest.mark.parametrize("service", one_of_each_protocol())
def test_any_operation_that_reads_is_asked_for_as_botocore_does(
    aws: Aws, caller: Caller, service: str
) -> None:
    """Whatever is declared next: hundreds of operations that nothing calls yet."""
    model = botocore_session().get_service_model(service)
    for operation in model.operation_names:
        of = model.operation_model(operation)
        is_signed = of.auth_type != "none"  # by a user's own token, as some of Cognito
        if operation.startswith(READS) and is_signed and not is_streamed(of):
            aws.answer = rendered(service, of, {})
            agree(aws, caller, service, operation, arguments(of))


@pytest.mark.parametrize("region", ELSEWHERE)
@pytest.mark.parametrize("service", CALLS)
def test_every_region_has_the_address_and_the_signature_that_botocore_knows(
    aws: Aws, caller: Caller, service: str, region: str
) -> None:
    operation = CALLS[service][0]
    of = model_of(service, operation)
    aws.answer = rendered(service, of, {})
    agree(aws, caller, service, operation, arguments(of), region)


@pytest.mark.parametrize("service", CALLS)
def test_answers_of_every_shape_are_read_alike(aws: Aws, caller: Caller, service: str) -> None:
    for operation in CALLS[service]:
        of = model_of(service, operation)
        params = arguments(of, whole=False)
        whole = structure(of.output_shape) if of.output_shape else {}
        for answer in (whole, {}, *lacking_some(whole)):
            aws.answer = rendered(service, of, answer)
            result = agree(aws, caller, service, operation, params)
            assert isinstance(result, dict), (operation, result)


@pytest.mark.parametrize("service", CALLS)
@pytest.mark.parametrize(
    ("code", "status"),
    [("AccessDenied", 403), ("ThrottlingException", 400), ("InternalFailure", 500)],
)
def test_errors_are_the_same(
    aws: Aws, caller: Caller, service: str, code: str, status: int
) -> None:
    for operation in CALLS[service]:
        of = model_of(service, operation)
        params = arguments(of, whole=False)
        modelled = of.error_shapes if status == HTTPStatus.BAD_REQUEST else ()
        for error in (code, *(cast("Any", shape).error_code for shape in modelled)):
            refusal = Refusal(error, "<b>no\u2028</b> & nothing", status)
            aws.answer = rendered(service, of, refusal)
            assert isinstance(agree(aws, caller, service, operation, params), ClientError)
