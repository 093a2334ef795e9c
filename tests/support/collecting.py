"""A collection with fakes: a test controls the listings, errors and the clock."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from cidb2.collecting.account_collection import AccountCollection
from cidb2.collecting.checkpoints import Checkpoints
from cidb2.collecting.deadline import Deadline
from cidb2.collecting.dependencies import CollectorDependencies, Request
from cidb2.collecting.readers import InParallel, Readers
from cidb2.collecting.service import Collector, Listed, Page, Service
from cidb2.collecting.service import Listing as ServiceListing
from cidb2.items.claim_check import ClaimCheck
from cidb2.items.inventory import Inventory
from cidb2.items.item import Change, Item, live_item
from cidb2.items.resource import Resource
from cidb2.lake.listings import Lake
from cidb2.ledger.writer import Ledger
from cidb2.run import Run
from cidb2.scope import Scope
from cidb2.times import now
from cidb2.types.catalog import DECLARED
from cidb2.types.listings import listing_of
from tests.support.builders import ACCOUNT, BUCKET, EARLIER_RUN_ID, REGION, a_resource, a_run
from tests.support.fakes import (
    FakeAccount,
    FakeAws,
    FakeS3,
    FakeSessions,
    FakeSns,
    InlineExecutor,
    MemoryTable,
)

if TYPE_CHECKING:
    from concurrent.futures import Executor

LONG_AGO = "2026-11-23T03:48:33.000000Z"
MARGIN_SECONDS = 60
PLENTY_MS = 900_000
ENDLESS = 50
"""More invocations than any test's collection needs."""


def plenty() -> int:
    return PLENTY_MS


@dataclass
class Listing:
    """A region's listing: its pages, and where it fails.

    `instead` maps an ARN to the result of reading it: another resource, None, or an exception to
    raise. `turns` maps a page to the page that follows it, if it is not the next one. `recall`
    makes a resource from its item, as for immutable types. `elsewhere` are ARNs that another region
    collects.
    """

    content: Sequence[Sequence[Resource]] = ()
    breaks_at: int | None = None
    error: Exception = field(default_factory=Exception)
    instead: dict[str, Resource | Exception | None] = field(default_factory=dict)
    turns: Mapping[str, str] = field(default_factory=dict)
    asked_from: list[str | None] = field(default_factory=list)
    on_page: Callable[[], None] = lambda: None
    count: Callable[[], None] = lambda: None
    recall: Callable[[Resource, Item], Resource] | None = None
    on_read: Callable[[str], None] = lambda _: None
    elsewhere: Sequence[str] = ()

    def pages(self, token: str | None) -> Iterator[Page]:
        self.asked_from.append(token)
        content = self.content or [[]]
        following: str | None = token or "0"
        while following is not None:
            number = int(following)
            self.count()
            self.on_page()
            if number == self.breaks_at:
                raise self.error
            listed = [
                Listed(one.arn, one, partial(self.recall, one) if self.recall else None)
                for one in content[number]
            ]
            following = str(number + 1) if number + 1 < len(content) else None
            following = self.turns.get(str(number), following)
            yield Page(listed, following, elsewhere=self.elsewhere)

    def read(self, listed: Listed, _in_parallel: InParallel) -> Resource | None:
        self.on_read(listed.arn)
        resource: Resource | Exception | None = self.instead.get(listed.arn, listed.detail)
        if isinstance(resource, Exception):
            raise resource
        return resource


class Collecting:
    """An account and its collector. `listings` are its enabled regions and their content.

    `others` are further listings of the service, by name, the same in each region. `beside` are the
    listings of the collector's other services, by region.
    """

    def __init__(
        self,
        listings: Mapping[str, Listing] | None = None,
        *,
        service: str = "kms",
        run: Run | None = None,
        others: Mapping[str, Listing] | None = None,
        beside: Mapping[str, Mapping[str, Listing]] | None = None,
    ) -> None:
        self.listings = dict(listings or {REGION: Listing()})
        self.others = dict(others or {})
        self.beside = dict(beside or {})
        others_of_service = [
            ServiceListing(other, (), partial(self._other, other)) for other in self.others
        ]
        self.service = Service(service, (self._first_of(service), *others_of_service))
        self.run = run or a_run()
        self.sns = FakeSns()
        self.s3 = FakeS3()
        self.inventory_table = MemoryTable()
        self.runs_table = MemoryTable()
        self.ledger = Ledger(self.runs_table, 400)
        self.account = FakeAccount(ec2=FakeAws(describe_regions=self._describe_regions))
        self.sessions = FakeSessions(self.account)
        self.published: list[Any] = []
        self.threads: Executor = InlineExecutor()
        self.clock = now

    def know(
        self, *resources: Resource, region: str = REGION, service: str | None = None
    ) -> list[Item]:
        """Put resources into the inventory table, as if from an earlier run."""
        scope = Scope(ACCOUNT, service or self.service.name, region)
        items = [
            live_item(one, scope, EARLIER_RUN_ID, Change.CREATED, LONG_AGO) for one in resources
        ]
        self.inventory_table.store(items)
        return items

    def collect(
        self,
        continuation: Mapping[str, Any] | None = None,
        remaining_ms: Callable[[], int] = plenty,
    ) -> dict[str, Any]:
        """Return the response of one invocation."""
        request = Request(self.run, ACCOUNT, continuation)
        deadline = Deadline(remaining_ms, MARGIN_SECONDS, self.run.deadline, self.clock)
        beside = (Service(name, (self._first_of(name),)) for name in self.beside)
        collector = Collector("all", (self.service, *beside))
        answer = AccountCollection(request, collector, self._tools(), deadline).advance()
        self.published += self.sns.items[len(self.published) :]
        return answer

    def collect_to_the_end(self, remaining_ms: Callable[[], int] = plenty) -> list[dict[str, Any]]:
        """Invoke repeatedly, like the state machine, and return all responses."""
        answers = [self.collect(None, remaining_ms)]
        while answers[-1]["status"] == "CONTINUE":
            assert len(answers) < ENDLESS, "the collection makes no progress"
            answers.append(self.collect(answers[-1]["continuation"], remaining_ms))
        return answers

    def store(self) -> None:
        """Store all published items in the inventory table."""
        self.inventory_table.store(self.published)

    def begin_run(self, run_id: str, **changes: Any) -> None:
        """Start another run, without published items."""
        self.run = a_run(run_id=run_id, **changes)
        self.sns = FakeSns()
        self.published = []

    @property
    def changes(self) -> dict[str, str]:
        """The published changes by ARN; checks that each was published once."""
        arns = [item["arn"] for item in self.published]
        assert len(set(arns)) == len(arns), "published twice"
        return {item["arn"]: item["change"] for item in self.published}

    @property
    def scopes(self) -> dict[str, dict[str, Any]]:
        """The scope rows of the run's first service, by region."""
        return self.scopes_of(self.service.name)

    def scopes_of(self, service: str) -> dict[str, dict[str, Any]]:
        """Return the run's scope rows of a service, by region."""
        rows = self.ledger.scopes(self.run.run_id)
        return {row["awsRegion"]: row for row in rows if row["service"] == service}

    @property
    def outcomes(self) -> dict[str, tuple[str, str | None]]:
        """Outcome and reason by region."""
        return self.outcomes_of(self.service.name)

    def outcomes_of(self, service: str) -> dict[str, tuple[str, str | None]]:
        """Return the outcomes and reasons of a service, by region."""
        rows = self.scopes_of(service).items()
        return {region: (row["outcome"], row.get("reason")) for region, row in rows}

    def _tools(self) -> CollectorDependencies:
        claim_check = ClaimCheck(cast("Any", self.s3), BUCKET)
        return CollectorDependencies(
            sessions=cast("Any", self.sessions),
            inventory=Inventory(self.inventory_table, claim_check),
            ledger=self.ledger,
            runs_table=self.runs_table,
            checkpoints=Checkpoints(cast("Any", self.s3), BUCKET),
            claim_check=claim_check,
            lake=Lake(cast("Any", self.s3), BUCKET),
            sns=cast("Any", self.sns),
            scopes=self.threads,
            readers=Readers(InlineExecutor(), 1),
            senders=InlineExecutor(),
        )

    def _first_of(self, service: str) -> ServiceListing:
        name = listing_of(service, "")
        types = (each.type for each in DECLARED[service].types if each.listing.name == name)
        return ServiceListing(name, tuple(types), self._reader)

    def _reader(self, account: Any, scope: Scope, run: Run) -> Any:
        listing = self.beside.get(scope.service, self.listings)[scope.region]

        def count() -> None:
            account.counts.requests[scope.region, "List"] += 1

        listing.count = count
        return listing

    def _other(self, name: str, *_: Any) -> Any:
        return self.others[name]

    def _describe_regions(self, **_: Any) -> dict[str, Any]:
        self.account.counts.requests["us-east-1", "ec2:DescribeRegions"] += 1
        return {"Regions": [{"RegionName": region} for region in self.listings]}


def keys(*names: str, region: str = REGION) -> list[Resource]:
    """Return a page of keys."""
    return [a_resource(name, region=region) for name in names]


def as_it_was(resource: Resource) -> Resource:
    """Return the same resource with different content."""
    return a_resource(
        resource.resource_id, region=resource.region, configuration={"Enabled": False}
    )
