"""Reads declared types from fake responses."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from cidb2.collecting.declared import DeclaredReader
from cidb2.collecting.service import Listed, Page
from cidb2.items.resource import Resource
from cidb2.scope import GLOBAL, Scope
from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes
from tests.support.builders import ACCOUNT, REGION, a_run
from tests.support.fakes import FakeAccount, FakeAws

BALANCER = ResourceType(
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    listing=ListingCall("DescribeLoadBalancers"),
    id="LoadBalancerArn",
    arn="loadbalancer/*/{LoadBalancerName}/*",
    arn_member="LoadBalancerArn",
    name="LoadBalancerName",
    tags=Call(
        "DescribeTags",
        by={"ResourceArns": "LoadBalancerArn"},
        take="Tags",
        batch=20,
        match="ResourceArn",
    ),
)
"""A type with tags in batches and, elsewhere, children."""


def service_of(*types: ResourceType, client: str = "ec2", **fields: Any) -> ServiceTypes:
    """Return a service with only these types."""
    return ServiceTypes(**{"client": client, "service": client, "types": types} | fields)


def pages_of(name: str, *pages: Any, token: str = "NextToken") -> Callable[..., Any]:
    """Return a paginated response: each page lists the entries in `name`, or is an error."""

    def answer(**arguments: Any) -> Any:
        number = int(arguments.get(token, 0))
        page = pages[number]
        if isinstance(page, Exception):
            raise page
        more = {token: str(number + 1)} if number + 1 < len(pages) else {}
        return {name: [*page], **more}

    return answer


class Reading:
    """A listing of a service, read from `answers` by operation."""

    def __init__(
        self,
        service: ServiceTypes,
        type_name: str,
        answers: Mapping[str, Any],
        region: str = REGION,
        **run: Any,
    ) -> None:
        self.aws = FakeAws(**answers)
        [declared] = [each for each in service.types if each.type == type_name]
        self.account = FakeAccount(**{service.client_of(declared.listing): self.aws})
        scope = Scope(ACCOUNT, service.service, GLOBAL if service.is_global else region)
        account = cast("Any", self.account)
        self.reader = DeclaredReader(service, declared.listing, account, scope, a_run(**run))

    def pages(self, token: str | None = None) -> list[Page]:
        return [*self.reader.pages(token)]

    def listed(self) -> list[Listed]:
        return [one for page in self.pages() for one in page.listed]

    def read(self) -> list[Resource]:
        """Return the resources of all pages; each page is read before the next is requested."""
        read: Iterable[Resource | None] = (
            self.reader.read(one) for page in self.reader.pages(None) for one in [*page.listed]
        )
        return [each for each in read if each]
