"""Which region leads a partition, and what botocore's list says that a region does not offer."""

import socket
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError

from cidb2.aws.clients import Clients
from cidb2.aws.endpoints import (
    EndpointNotOfferedError,
    lead_region,
    refuse_unknown_name,
    regions_beside,
)
from cidb2.aws.sessions import new_session
from cidb2.reasons import Reason, explain

LACKING = "mx-central-1"
"""A region in which botocore's list has no S3 Control."""


def lost_connection(errno: int) -> EndpointConnectionError:
    """Return botocore's error of a name that could not be resolved."""
    error = EndpointConnectionError(endpoint_url="https://aws")
    error.__context__ = OSError("new connection")
    error.__context__.__cause__ = socket.gaierror(errno, "as the resolver says it")
    return error


@pytest.mark.parametrize(
    ("region", "lead"),
    [
        ("us-east-1", "us-east-1"),
        ("eu-west-1", "us-east-1"),
        ("me-south-1", "us-east-1"),
        ("cn-northwest-1", "cn-north-1"),
        ("us-gov-east-1", "us-gov-west-1"),
        ("us-iso-west-1", "us-iso-east-1"),
        ("us-isob-west-1", "us-isob-east-1"),
        ("us-isof-east-1", "us-isof-south-1"),
        ("eu-isoe-west-1", "eu-isoe-west-1"),
        ("eusc-de-east-1", "eusc-de-east-1"),
    ],
)
def test_the_region_that_leads_is_the_one_of_iam(region: str, lead: str) -> None:
    assert lead_region(region) == lead


def test_a_region_that_botocore_does_not_know_yet_has_a_lead_all_the_same() -> None:
    assert lead_region("eu-west-99") == "us-east-1"


def test_the_regions_of_a_partition_are_those_of_ec2() -> None:
    assert regions_beside("cn-north-1") == ["cn-north-1", "cn-northwest-1"]
    assert {"us-east-1", "me-south-1"} < {*regions_beside("eu-west-1")}


@pytest.mark.parametrize("errno", [socket.EAI_NONAME, socket.EAI_NODATA])
def test_a_name_that_does_not_exist_is_no_endpoint_where_botocore_knows_none(errno: int) -> None:
    with pytest.raises(EndpointNotOfferedError, match=f"s3-control in {LACKING}") as raised:
        refuse_unknown_name("s3-control", LACKING, lost_connection(errno))
    failure = explain(raised.value)
    assert (failure.reason, failure.retryable) == (Reason.NOT_OFFERED, False)


@pytest.mark.parametrize(
    ("service", "region", "error"),
    [
        ("s3-control", LACKING, None),
        ("s3-control", LACKING, lost_connection(socket.EAI_AGAIN)),
        ("s3-control", LACKING, EndpointConnectionError(endpoint_url="https://aws")),
        ("s3-control", LACKING, ConnectTimeoutError(endpoint_url="https://aws")),
        ("s3-control", "eu-west-1", lost_connection(socket.EAI_NONAME)),
        ("s3-control", "eu-west-99", lost_connection(socket.EAI_NONAME)),
        ("nobody-knows", LACKING, lost_connection(socket.EAI_NONAME)),
    ],
)
def test_anything_else_proves_nothing(
    service: str, region: str, error: BaseException | None
) -> None:
    refuse_unknown_name(service, region, error)


def unresolved(errno: int) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(errno, "Name or service not known")

    return refuse


@pytest.mark.parametrize(
    ("errno", "kind", "lookups"),
    [
        (socket.EAI_NONAME, EndpointNotOfferedError, 1),
        (socket.EAI_AGAIN, EndpointConnectionError, 2),
    ],
)
def test_a_clients_call_says_so_and_is_not_tried_again(
    monkeypatch: pytest.MonkeyPatch, errno: int, kind: type[Exception], lookups: int
) -> None:
    session = new_session()
    session.set_credentials("key", "secret")
    clients = Clients(session, "us-east-1", 1, attempts=2)
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    monkeypatch.setattr(socket, "getaddrinfo", unresolved(errno))
    with pytest.raises(kind) as raised:
        clients.client("s3control", LACKING).get_public_access_block(AccountId="123456789012")
    assert type(raised.value) is kind
    assert clients.counts.requests_so_far().total() == lookups
