"""Clients are built once, and every request that goes out is counted."""

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import pytest
from botocore.awsrequest import AWSResponse
from botocore.hooks import HierarchicalEmitter
from botocore.model import ServiceId
from botocore.session import get_session

from cidb2.aws.clients import Clients, client_config, hub_clients
from cidb2.aws.sessions import new_session


class Published:
    """The body of an answer."""

    def stream(self, **_: Any) -> list[bytes]:
        result = b"<PublishBatchResult><Successful/></PublishBatchResult>"
        return [b"<PublishBatchResponse>" + result + b"</PublishBatchResponse>"]


class FakeClient:
    def __init__(self, service: str, region_name: str, config: Any) -> None:
        self.service = service
        self.region = region_name
        self.config = config
        self.meta = self
        self.events = HierarchicalEmitter()
        self.service_model = SimpleNamespace(service_id=ServiceId(service), endpoint_prefix=service)

    def answer(self, operation: str, response: dict[str, Any] | None = None) -> None:
        """Do as botocore does when a response has come in."""
        self.events.emit(
            f"response-received.{self.service}.{operation}",
            parsed_response=response or {},
            context={},
            exception=None,
        )


class FakeSession:
    def __init__(self) -> None:
        self.built: list[FakeClient] = []

    def create_client(self, service: str, *, region_name: str, config: Any) -> FakeClient:
        self.built.append(FakeClient(service, region_name, config))
        return self.built[-1]


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def clients(session: FakeSession) -> Clients:
    return Clients(cast("Any", session), "us-east-1", 8)


def test_a_client_is_built_once_for_each_service_and_region(
    clients: Clients, session: FakeSession
) -> None:
    assert clients.client("kms", "eu-west-1") is clients.client("kms", "eu-west-1")
    clients.client("kms", "eu-west-2")
    clients.client("ec2", "eu-west-1")
    built = [(one.service, one.region) for one in session.built]
    assert built == [("kms", "eu-west-1"), ("kms", "eu-west-2"), ("ec2", "eu-west-1")]


def test_where_no_region_is_named_the_own_one_is_meant(clients: Clients) -> None:
    assert clients.client("iam").region == "us-east-1"
    assert clients.client("iam") is clients.client("iam", "us-east-1")


def test_threads_that_ask_at_once_get_the_same_client(clients: Clients) -> None:
    with ThreadPoolExecutor(8) as threads:
        got = {id(each) for each in threads.map(clients.client, ["kms"] * 50)}
    assert len(got) == 1


def test_requests_are_counted_by_region_and_operation(clients: Clients) -> None:
    west, east = clients.client("kms", "eu-west-1"), clients.client("kms")
    west.answer("ListKeys")
    west.answer("DescribeKey")
    west.answer("DescribeKey", {"Error": {"Code": "AccessDenied"}})
    east.answer("ListKeys")
    assert clients.counts.requests_so_far() == {
        ("eu-west-1", "kms:ListKeys"): 1,
        ("eu-west-1", "kms:DescribeKey"): 2,
        ("us-east-1", "kms:ListKeys"): 1,
    }


def test_a_lost_connection_is_a_request_too(clients: Clients) -> None:
    client = clients.client("kms")
    client.events.emit(
        "response-received.kms.ListKeys", parsed_response=None, context={}, exception=OSError()
    )
    assert clients.counts.requests_so_far().total() == 1
    assert clients.counts.throttles_so_far() == 0


def test_requests_since_a_moment_are_counted_for_one_region_or_for_all(clients: Clients) -> None:
    west, east = clients.client("kms", "eu-west-1"), clients.client("kms")
    west.answer("ListKeys")
    before = clients.counts.requests_so_far()
    west.answer("ListKeys")
    west.answer("DescribeKey")
    east.answer("ListKeys")
    assert clients.counts.requests_since(before, "eu-west-1") == 2
    assert clients.counts.requests_since(before) == 3
    assert clients.counts.requests_since(before, "eu-west-2") == 0


def test_throttled_answers_are_counted_over_all_regions(clients: Clients) -> None:
    client, other = clients.client("kms", "eu-west-1"), clients.client("ec2", "eu-west-2")
    other.answer("DescribeInstances", {"Error": {"Code": "RequestLimitExceeded"}})
    client.answer("ListKeys", {"Error": {"Code": "ThrottlingException"}})
    client.answer("ListKeys", {"Error": {"Code": "AccessDenied"}})
    client.answer("ListKeys", {"Error": {}})
    assert clients.counts.throttles_so_far() == 2


def test_an_answer_with_an_unknown_code_is_throttled_if_its_status_says_so(
    clients: Clients,
) -> None:
    client = clients.client("kms", "eu-west-1")
    for status in (HTTPStatus.BAD_REQUEST, HTTPStatus.TOO_MANY_REQUESTS):
        answer = {"Error": {"Code": "New"}, "ResponseMetadata": {"HTTPStatusCode": status}}
        client.answer("ListKeys", answer)
    assert clients.counts.throttles_so_far() == 1


class FakeRate:
    """Writes down what it is told."""

    told: ClassVar[list[str]] = []

    def wait(self) -> None:
        self.told.append("wait")

    def answered(self) -> None:
        self.told.append("answered")

    def refused(self) -> None:
        self.told.append("refused")


def test_each_operation_of_a_client_has_its_own_rate(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cidb2.aws.clients.OperationRate", FakeRate)
    monkeypatch.setattr(FakeRate, "told", [])
    client = clients.client("kms")
    client.events.emit("request-created.kms.ListKeys", operation_name="ListKeys")
    client.answer("ListKeys", {"Error": {"Code": "ThrottlingException"}})
    client.answer("ListKeys", {"Error": {"Code": "AccessDenied"}})
    client.answer("ListKeys")
    assert FakeRate.told == ["wait", "refused", "answered", "answered"]


def test_clients_try_five_times_and_hold_a_connection_for_each_user() -> None:
    config = cast("Any", client_config(32))
    assert config.retries == {"mode": "standard", "total_max_attempts": 5}
    assert config.max_pool_connections == 32
    assert (config.connect_timeout, config.read_timeout) == (5, 30)
    assert config.tcp_keepalive is True


def test_clients_that_nobody_holds_any_more_are_gone_at_once() -> None:
    clients = Clients(new_session(), "us-east-1", 1)
    gone = weakref.ref(clients), weakref.ref(clients.client("kms"))
    gc.disable()
    try:
        del clients
        assert [one() for one in gone] == [None, None]
    finally:
        gc.enable()


def test_the_hubs_clients_are_the_same_at_every_call() -> None:
    assert hub_clients("us-east-1", 3) is hub_clients("us-east-1", 3)


def test_forms_go_out_as_botocore_would_send_them() -> None:
    own, plain = new_session(), get_session()
    for session in (own, plain):
        session.set_credentials("key", "secret")
    clients = [
        Clients(own, "us-east-1", 1).client("sns"),
        plain.create_client("sns", region_name="us-east-1"),
    ]
    bodies: list[Any] = []

    def answer(request: Any, **_: Any) -> Any:
        bodies.append(request.body)
        return AWSResponse(request.url, 200, cast("Any", {}), cast("Any", Published()))

    for sns in clients:
        sns.meta.events.register("before-send", answer)
        sns.publish_batch(
            TopicArn="arn:aws:sns:::t",
            PublishBatchRequestEntries=[
                {"Id": "0", "Message": '{"a": "ü/ &=%+~*"}'},
                {"Id": "1", "Message": "😀 %7B"},
            ],
        )
    assert bodies[0].decode() == bodies[1]
