"""Collecting one service of an account: its regions, its scopes, and their rows in the ledger."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

from cidb2.aws.caller import Caller
from cidb2.aws.regions import Regions
from cidb2.collecting.checkpoints import Progress, ServiceProgress
from cidb2.collecting.context import CollectionContext, Limits
from cidb2.collecting.dependencies import CollectorDependencies
from cidb2.collecting.listing_collection import ListingCollection
from cidb2.collecting.region_plan import RegionPlan
from cidb2.collecting.scope_collection import ScopeCollection
from cidb2.collecting.service import Service
from cidb2.ledger.scope_record import ScopeRecord
from cidb2.ledger.tally import Tally
from cidb2.observability import MetricUnit, measure
from cidb2.publishing.journal import Journal
from cidb2.publishing.publisher import Publisher
from cidb2.publishing.statistics import add_up
from cidb2.reasons import Failure, Reason, explain
from cidb2.run import Run
from cidb2.scope import GLOBAL, Outcome, Scope
from cidb2.times import now

CLOSED_TOGETHER = 25
"""Scopes that end together, while others are still collected."""

RECORDED_EVERY_SECONDS = 60
"""How often what has ended is written to the ledger. A collector that dies loses the rest, and its
retry lists it again; at the end of an invocation, nothing is left to lose."""


class ServiceCollection:
    """The collection of one service of one account in one invocation.

    First `look_up`, then `learn` and `open`, or `fail`. The listings that `open` returns are
    advanced by whoever has threads, and each is reported to `advanced`. `end` comes last.
    """

    def __init__(
        self,
        run: Run,
        account_id: str,
        service: Service,
        dependencies: CollectorDependencies,
        limits: Limits,
        begun: ServiceProgress,
        invocation: int,
    ) -> None:
        self.service = service
        self._run = run
        self._account_id = account_id
        self._dependencies = dependencies
        self._limits = limits
        self._begun = begun
        self._progress = begun.scopes
        self._outcomes = Counter(begun.outcomes)
        self._region_plan = RegionPlan(run, account_id, service, dependencies.ledger)
        self._journal = Journal(
            dependencies.runs_table, account_id, service.name, run.run_id, invocation
        )
        self._publisher = Publisher(
            dependencies.sns, run.config, dependencies.senders, self._journal, limits.batches
        )
        self._published: Mapping[str, Any] = {}
        self._scopes: Sequence[ScopeCollection] = ()
        self._unsettled: list[ScopeCollection] = []
        self._under_way = 0
        self._unrecorded: list[ScopeRecord] = []
        self._recorded_at = time.monotonic()

    @property
    def needs_regions(self) -> bool:
        """Whether the account's regions decide what is collected; later, the checkpoint does."""
        return self.service.is_regional and not self._begun.scopes

    def look_up(self) -> None:
        """Start to read what is known of the service and what was published of it."""
        submit, name = self._dependencies.scopes.submit, self.service.name
        self._known_later = submit(self._dependencies.inventory.known, self._account_id, name)
        self._journal_later = submit(self._journal.read)

    def learn(self, regions: Future[Regions] | None) -> None:
        """Wait for the account's `regions`, if needed, and for what is known. Raises its error."""
        if self.needs_regions and regions:
            self._regions = self._region_plan.wanted(regions.result())
        else:
            self._regions = Regions([*self._begun.scopes] or [GLOBAL])
        self._known = self._known_later.result()
        self._journal_later.result()

    def fail(self, error: Exception) -> None:
        """Record why nothing more is collected, for each scope that has no row yet."""
        failure, owed = explain(error), self._region_plan.owed(self._begun.scopes)
        self._note(self._never_listed(region, failure) for region in owed)
        self._record()
        self._progress = {}

    def open(self, account: Caller) -> Sequence[tuple[ListingCollection, ScopeCollection]]:
        """Plan and open the scopes; return the listings that are not over, each with its scope."""
        if not self._begun.scopes:
            self._plan()
            self._progress = {region: self._unlisted() for region in self._regions.enabled}
        self._account = account.counted_for(self.service.name)
        self._calls_before = self._account.counts.requests_so_far()
        self._throttles_before = self._account.counts.throttles_so_far()
        context = self._context()
        self._scopes = [self._scope(region, context) for region in self._progress]
        pending = [(listing, scope) for scope in self._scopes for listing in scope.pending]
        self._under_way = len(pending)
        if not pending:
            self._stop()
        return pending

    def advanced(self, scope: ScopeCollection) -> None:
        """Take note that a listing of `scope` has advanced; end scopes whose listings have.

        After the last listing, the rest is published and recorded, whatever other services do.
        """
        self._under_way -= 1
        if scope.advanced():
            self._unsettled.append(scope)
        if not self._under_way:
            self._stop()
        elif len(self._unsettled) >= CLOSED_TOGETHER:
            self._close()

    def end(self) -> ServiceProgress:
        """Write the figures of publishing, and return how far the service is."""
        publishing = add_up(self._begun.publishing, self._published)
        self._dependencies.ledger.add_publishing(
            self._run.run_id,
            self.service.name,
            self._account_id,
            publishing,
            is_repeated=self._journal.is_repeated,
        )
        unfinished = [one for one in self._scopes if not one.is_finished]
        scopes = {one.scope.region: {**one.progress} for one in unfinished}
        return ServiceProgress(scopes, publishing, self._outcomes)

    def clear_drafts(self) -> None:
        """Release what was kept for the lake."""
        for listings in (self._begun.scopes | self._progress).values():
            for progress in listings.values():
                progress.draft.clear()

    def _plan(self) -> None:
        """Record which scopes will be collected, and which cannot be."""
        missed = self._region_plan.record(self._regions, self._known)
        failure = self._regions.unnamed or _DISABLED
        self._note(self._never_listed(region, failure) for region in missed)

    def _unlisted(self) -> dict[str, Progress]:
        return {listing.name: Progress() for listing in self.service.listings}

    def _context(self) -> CollectionContext:
        return CollectionContext(
            run=self._run,
            inventory=self._dependencies.inventory,
            claim_check=self._dependencies.claim_check,
            lake=self._dependencies.lake,
            journal=self._journal,
            publish=self._publisher.publish,
            readers=self._dependencies.readers,
            limits=self._limits,
        )

    def _scope(self, region: str, context: CollectionContext) -> ScopeCollection:
        scope = Scope(self._account_id, self.service.name, region)
        known = self._known.get(region, {})
        return ScopeCollection(
            scope,
            [
                ListingCollection(
                    scope,
                    listing.name,
                    partial(listing.reader, self._account, scope, self._run),
                    known.get(listing.name, {}),
                    self._progress[region][listing.name],
                    context,
                )
                for listing in self.service.listings
            ],
            is_narrowed=self.service.is_narrowed,
        )

    def _stop(self) -> None:
        self._publisher.flush()
        self._published = self._publisher.statistics.to_document()
        self._close()
        self._record()
        service, counts = self.service.name, self._account.counts
        throttles = counts.throttles_so_far() - self._throttles_before
        latencies = self._publisher.statistics.latencies
        measure(MetricUnit.Count, {"Throttles": throttles}, Service=service)
        measure(MetricUnit.Milliseconds, {"PublishLatency": latencies}, Service=service)

    def _close(self) -> None:
        """End the scopes whose messages are all published; the others wait for theirs."""
        settled = [one for one in self._unsettled if one.is_settled(self._publisher)]
        self._unsettled = [one for one in self._unsettled if one not in settled]
        for one in settled:
            region = None if one.scope.region == GLOBAL else one.scope.region
            requests = self._account.counts.requests_since(self._calls_before, region)
            one.settle(self._publisher, requests)
        name = f"{self._account_id}/{self.service.name}"
        finished = [one for one in settled if one.is_finished]
        self._note(self._dependencies.readers.map(name, ScopeCollection.end, finished))

    def _note(self, records: Iterable[ScopeRecord]) -> None:
        """Keep what has ended, and record it if nothing was recorded for a while."""
        self._unrecorded += records
        if time.monotonic() - self._recorded_at > RECORDED_EVERY_SECONDS:
            self._record()

    def _record(self) -> None:
        """Write what has ended to the ledger, in one row."""
        self._dependencies.ledger.record(self._run.run_id, self._unrecorded)
        self._outcomes.update(entry.outcome for entry in self._unrecorded)
        self._unrecorded, self._recorded_at = [], time.monotonic()

    def _never_listed(self, region: str, failure: Failure) -> ScopeRecord:
        """Return the record of a scope that `failure` keeps from being listed any further."""
        begun = [*self._begun.scopes.get(region, {"": Progress()}).values()]
        return ScopeRecord(
            scope=Scope(self._account_id, self.service.name, region),
            outcome=Outcome.PARTIAL if any(each.seen for each in begun) else Outcome.FAILED,
            failure=failure,
            tally=Tally.total(each.tally for each in begun),
            started_at=min(each.started_at for each in begun),
            finished_at=now(),
            is_narrowed=self.service.is_narrowed,
        )


_DISABLED = Failure(
    Reason.REGION_DISABLED,
    "",
    "The region is not enabled in the account; what was known of it stays as it was.",
    retryable=False,
)
