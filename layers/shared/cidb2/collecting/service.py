"""What each collector declares about its service; `account_collection` does the rest."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, Self

from cidb2.aws.caller import Caller
from cidb2.aws.members import AwsError
from cidb2.collecting.readers import InParallel
from cidb2.items.item import Item
from cidb2.items.resource import Resource
from cidb2.run import Run
from cidb2.scope import Scope
from cidb2.text import valid_text
from cidb2.times import now
from cidb2.types.actions import DESCRIBE_REGIONS, actions_of
from cidb2.types.catalog import DECLARED, REGIONAL, TYPES
from cidb2.types.declaration import ResourceType
from cidb2.types.selection import is_narrowed, selected_listings


@dataclass(frozen=True, slots=True)
class Listed:
    """A listed resource; `detail` is its entry in the listing.

    `recall` makes the resource from its item in the inventory, if nobody can have changed it.
    """

    arn: str
    detail: Any
    recall: Callable[[Item], Resource] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "arn", valid_text(self.arn))


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing and the token of the next; the last page has none.

    More resources may exist than it names if AWS's answer lacks a required member, which `lacks`
    names, or if AWS refused a part of the listing with an `error`. `elsewhere` are the ARNs of
    resources that exist, but that another region collects.
    """

    listed: list[Listed]
    next_token: str | None
    lacks: str | None = None
    error: AwsError | None = None
    elsewhere: Sequence[str] = ()

    def let_go(self) -> None:
        """Release the memory of the entries, even while somebody still holds the page."""
        self.listed.clear()


class Reader(Protocol):
    """Lists and reads the resources of one scope."""

    def pages(self, token: str | None) -> Iterator[Page]:
        """Yield the pages of the listing from `token` on; AWS's errors propagate."""

    def read(self, listed: Listed, in_parallel: InParallel) -> Resource | None:
        """Return a listed resource with all its fields, or None if the run does not collect it.

        `in_parallel` runs calls that do not depend on each other.

        Called from several threads at once. Raises ResourceGoneError if it no longer exists.
        """


@dataclass(frozen=True, slots=True)
class Listing:
    """One listing call with all its pages, in one region: the unit of completeness.

    `name` is the operation, and `types` are the CloudFormation types that it lists.
    """

    name: str
    types: tuple[str, ...]
    reader: Callable[[Caller, Scope, Run], Reader]


@dataclass(frozen=True, slots=True)
class Service:
    """A service that CIDB2 collects, by its listings; some are left out if it `is_narrowed`."""

    name: str
    listings: tuple[Listing, ...]
    is_narrowed: bool = False

    def narrowed_to(self, types: tuple[str, ...]) -> Self:
        """Return the service with the listings that a run of these types collects."""
        if not is_narrowed(self.name, types):
            return self
        names = selected_listings(self.name, types)
        listings = tuple(each for each in self.listings if each.name in names)
        return replace(self, listings=listings, is_narrowed=True)

    @property
    def types(self) -> tuple[ResourceType, ...]:
        """The declarations of the listed types."""
        listed = {each for listing in self.listings for each in listing.types}
        return tuple(each for name, each in TYPES[self.name].items() if name in listed)

    @property
    def actions(self) -> tuple[str, ...]:
        """The IAM actions that its types need."""
        regions = [DESCRIBE_REGIONS] if self.is_regional else []
        return tuple(sorted({*actions_of(DECLARED[self.name], self.types), *regions}))

    @property
    def is_regional(self) -> bool:
        return REGIONAL[self.name]


@dataclass(frozen=True, slots=True)
class Collector:
    """What one function collects: services whose actions fit into one session policy."""

    name: str
    services: tuple[Service, ...]

    def wanted(self, run: Run, account_id: str) -> Sequence[Service]:
        """Return the services that a run collects in an account, with their listings."""
        names = run.services_in(account_id)
        return [each.narrowed_to(run.types) for each in self.services if each.name in names]


def session_actions(services: Iterable[Service]) -> Sequence[str]:
    """Return the IAM actions that reading these services needs, sorted."""
    return sorted({action for service in services for action in service.actions})


def stamped(pages: Iterable[Mapping[str, Any]]) -> Iterator[tuple[datetime, Mapping[str, Any]]]:
    """Yield the pages of a paginator, each with the time just before its request.

    The lists of a page are emptied before the next page is requested, because botocore's paginator
    and the caller still hold the page, and two would be in memory.
    """
    iterator = iter(pages)
    while True:
        asked_at = now()
        page = next(iterator, None)
        if page is None:
            return
        yield asked_at, page
        for part in page.values():
            if isinstance(part, list):
                part.clear()


def paging(page_size: int, token: str | None, token_name: str) -> dict[str, Any]:
    """Return the arguments of a paginator that continues at AWS's own `token`.

    Not botocore's StartingToken: with it, botocore drops all result lists of the first page but
    one, and takes a token that happens to be base64 of JSON for one of its own.
    """
    start = {token_name: token} if token else {}
    return {"PaginationConfig": {"PageSize": page_size}, **start}
