"""Of a listing one page is in memory, however many there are and however large resources are."""

import tracemalloc
from collections.abc import Callable
from typing import Any, cast
from weakref import ref

import pytest
from botocore.awsrequest import AWSResponse

from cidb2.aws.sessions import new_session
from cidb2.collecting.checkpoints import Progress
from cidb2.collecting.deadline import Deadline
from cidb2.collecting.listing import pages
from cidb2.collecting.readers import Shares
from cidb2.scope import GLOBAL, Scope
from functions.ec2_collector.collector import EC2
from tests.support.builders import ACCOUNT, REGION, a_resource, a_run
from tests.support.collecting import Collecting, Listing, plenty
from tests.support.fakes import FakeAccount
from tools.services import declared

IDENTITIES = declared("iam").listings[0]
LAST = 3
NUMBER = 20
ADDRESSES = "".join(
    f"<item><privateIpAddress>10.0.0.{n}</privateIpAddress><primary>false</primary></item>"
    for n in range(150)
)


def instances(page: int) -> str:
    described = "".join(
        f"<item><ownerId>{ACCOUNT}</ownerId><instancesSet><item><instanceId>i-{page}-{n}"
        "</instanceId><networkInterfaceSet><item><privateIpAddressesSet>"
        f"{ADDRESSES}</privateIpAddressesSet></item></networkInterfaceSet></item></instancesSet></item>"
        for n in range(NUMBER)
    )
    token = f"<nextToken>{page + 1}</nextToken>" if page < LAST else ""
    return (
        f"<DescribeInstancesResponse><reservationSet>{described}</reservationSet>{token}"
        "</DescribeInstancesResponse>"
    )


def roles(page: int) -> str:
    described = "".join(
        f"<member><Arn>arn:aws:iam::{ACCOUNT}:role/{page}-{n}</Arn><RoleId>{n}</RoleId>"
        f"<RoleName>{page}-{n}</RoleName><AssumeRolePolicyDocument>{page}{n:08}{'%20' * 10_000}"
        "</AssumeRolePolicyDocument></member>"
        for n in range(NUMBER)
    )
    more = f"<IsTruncated>true</IsTruncated><Marker>{page + 1}</Marker>" if page < LAST else ""
    return (
        "<GetAccountAuthorizationDetailsResponse><GetAccountAuthorizationDetailsResult>"
        f"<RoleDetailList>{described}</RoleDetailList>{more}</GetAccountAuthorizationDetailsResult>"
        "</GetAccountAuthorizationDetailsResponse>"
    )


NO_ROLES = b"""<ListRolesResponse><ListRolesResult><Roles/><IsTruncated>false</IsTruncated>
</ListRolesResult></ListRolesResponse>"""


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> list[bytes]:
        return [self._content]


def answering(service: str, body: Callable[[int], str], held: list[int]) -> Any:
    """Return a client that is answered page by page; `held` is the memory at each request."""
    session = new_session()
    session.set_credentials("key", "secret")
    client: Any = session.create_client(service, region_name=REGION)

    def answer(request: Any, **_: Any) -> AWSResponse:
        if "Action=ListRoles" in str(request.body):
            return AWSResponse(request.url, 200, cast("Any", {}), cast("Any", _Body(NO_ROLES)))
        held.append(tracemalloc.get_traced_memory()[0])
        content = body(len(held) - 1).encode()
        return AWSResponse(request.url, 200, cast("Any", {}), cast("Any", _Body(content)))

    client.meta.events.register("before-send", answer)
    return client


@pytest.mark.parametrize(
    ("service", "region", "reader", "body"),
    [
        ("ec2", REGION, EC2.listings[0].reader, instances),
        ("iam", GLOBAL, declared("iam").listings[0].reader, roles),
    ],
)
def test_a_page_is_let_go_before_the_next_is_asked_for(
    service: str, region: str, reader: Any, body: Callable[[int], str]
) -> None:
    held: list[int] = []
    account: Any = FakeAccount(**{service: answering(service, body, held)})
    reading = reader(account, Scope(ACCOUNT, service, region), a_run())
    deadline = Deadline(plenty, 60, a_run().deadline)
    sizes = []
    tracemalloc.start()
    try:
        for page in pages(reading, Progress(), deadline):
            sizes.append(tracemalloc.get_traced_memory()[0] - held[-1])
            assert len([reading.read(one).content_hash for one in page.listed]) == NUMBER
    finally:
        tracemalloc.stop()
    assert len(held) == LAST + 1
    assert max(held[2:]) - held[1] < min(sizes) / 2
    assert held[1] - held[0] < min(sizes) / 2


def test_nothing_of_a_page_is_held_when_the_next_is_asked_for() -> None:
    listed: list[ref[Any]] = []
    at_request: list[int] = []

    class Content(list[Any]):
        def __getitem__(self, page: Any) -> Any:
            resources = [a_resource(f"{page}-{n}") for n in range(30)]
            listed.extend(map(ref, resources))
            return resources

    def count() -> None:
        at_request.append(sum(one() is not None for one in listed))

    listing = Listing(Content([None] * 3), on_page=count)
    collecting = Collecting({REGION: listing})
    collecting.collect()
    assert collecting.scopes[REGION]["items"] == 90
    assert at_request == [0, 0, 0]


def test_whoever_is_alone_gets_the_whole_and_many_get_little_each() -> None:
    shares = Shares(200, 12)
    with shares.take() as first:
        with shares.take() as second, shares.take() as third:
            assert (first, second, third) == (200, 100, 66)
        with shares.take() as again:
            assert again == 100


def test_nobody_gets_less_than_the_least() -> None:
    shares = Shares(20, 12)
    with shares.take(), shares.take() as second:
        assert second == 12
