"""Collects one service of one account: the part that all collectors have in common."""

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import as_completed
from functools import partial
from typing import Any

from cidb2.aws.caller import Caller
from cidb2.aws.counts import Requests
from cidb2.aws.regions import Regions, regions_of
from cidb2.aws.table import WRITE_AT_ONCE
from cidb2.collecting.checkpoints import Checkpoint, Progress, Scopes
from cidb2.collecting.context import CollectionContext
from cidb2.collecting.deadline import Deadline
from cidb2.collecting.dependencies import CollectorDependencies, Request
from cidb2.collecting.listing_collection import ListingCollection
from cidb2.collecting.scope_collection import ScopeCollection
from cidb2.collecting.service import Service
from cidb2.items.inventory import KnownByListing, KnownByRegion
from cidb2.ledger.scope_record import ScopeRecord
from cidb2.ledger.tally import Tally
from cidb2.observability import MetricUnit, logger, measure
from cidb2.publishing.journal import Journal
from cidb2.publishing.publisher import Publisher
from cidb2.publishing.statistics import add_up
from cidb2.reasons import Failure, Reason, explain
from cidb2.scope import ALL_REGIONS, GLOBAL, Outcome, Scope
from cidb2.times import now

CLOSED_TOGETHER = WRITE_AT_ONCE
"""Scopes whose ledger rows are written together."""

DONE = "DONE"
CONTINUE = "CONTINUE"


class Collection:
    """Collects one service of one account, or continues where the last invocation stopped."""

    def __init__(
        self,
        request: Request,
        service: Service,
        dependencies: CollectorDependencies,
        deadline: Deadline,
    ) -> None:
        self._run = request.run
        self._account_id = request.account_id
        self._service = service
        self._dependencies = dependencies
        self._deadline = deadline
        self._checkpoint = (
            dependencies.checkpoints.load(request.continuation)
            if request.continuation
            else Checkpoint()
        )
        self._scopes = self._checkpoint.scopes
        self._outcomes = Counter(self._checkpoint.outcomes)
        self._journal = Journal(
            dependencies.runs_table,
            request.account_id,
            service.name,
            request.run.run_id,
            self._checkpoint.number,
        )
        self._publisher = Publisher(
            dependencies.sns, request.run.config, dependencies.senders, self._journal
        )

    def advance(self) -> dict[str, Any]:
        """Collect until the end or the deadline and return the collector's result.

        `status` is DONE or CONTINUE, `continuation` is the input of the next invocation, `scopes`
        counts the ended scopes by outcome, and `publishing` has the publisher's figures so far.
        Raises StorageError if the hub's own tables or bucket fail.
        """
        try:
            return self._advance()
        finally:
            for listings in self._scopes.values():
                for progress in listings.values():
                    progress.draft.clear()

    def _advance(self) -> dict[str, Any]:
        try:
            if not self._scopes:  # else each listing that is still open meets the deadline itself
                self._deadline.check()
            known_later = self._dependencies.scopes.submit(
                self._dependencies.inventory.known, self._account_id, self._service.name
            )
            journal_read = self._dependencies.scopes.submit(self._journal.read)
            account = self._dependencies.sessions.open(self._account_id, self._run.run_id)
            regions = self._regions(account)
            known = known_later.result()
            journal_read.result()
        except Exception as error:  # noqa: BLE001 - the boundary of an account; logged and recorded
            logger.exception("An account could not be opened", extra={"account": self._account_id})
            self._record([self._never_listed(region, explain(error)) for region in self._owed()])
            return self._result({})
        self._plan(regions, known)
        self._scopes = self._scopes or {region: self._unlisted() for region in regions.enabled}
        return self._result(self._collect(account, known))

    def _owed(self) -> Sequence[str]:
        """Return the regions that still need a row; an earlier attempt may have written some."""
        ledger, name = self._dependencies.ledger, self._service.name
        owed = self._scopes or ledger.owed_regions(self._run, self._account_id, name)
        recorded = ledger.recorded_regions(self._run.run_id, self._account_id, name)
        return [region for region in owed if region not in recorded]

    def _regions(self, account: Caller) -> Regions:
        if self._checkpoint.scopes:
            return Regions(list(self._checkpoint.scopes))
        if not self._service.is_regional:
            return Regions([GLOBAL])
        run = self._run
        regions = regions_of(account, run.regions or ())
        enabled = [region for region in regions.enabled if run.wants(region)]
        if run.regions is None:
            disabled = [region for region in regions.disabled if run.wants(region)]
        else:
            disabled = sorted(set(run.regions) - set(enabled))
        return Regions(enabled, disabled, regions.unnamed)

    def _plan(self, regions: Regions, known: KnownByRegion) -> None:
        """Record which scopes will be collected, and which cannot be.

        A region that the account has not enabled is a gap only if the run names it or the inventory
        has resources in it; an excluded region is never one. If AWS left a region unnamed, it may
        be any that was ever collected.
        """
        if self._checkpoint.scopes:
            return
        ledger, service = self._dependencies.ledger, self._service
        expected = {*filter(self._run.wants, self._run.regions or known)}
        if regions.unnamed and service.is_regional:
            owed = ledger.owed_regions(self._run, self._account_id, service.name)
            expected |= {*owed} - {ALL_REGIONS, *regions.disabled}
        missed = sorted(expected - set(regions.enabled)) if service.is_regional else []
        if not known:
            ledger.forget_unlisted(self._account_id, service.name)
        ledger.plan(
            self._run.run_id,
            service.name,
            self._account_id,
            [*regions.enabled, *missed],
            not_enabled=regions.disabled,
        )
        failure = regions.unnamed or _DISABLED
        self._record([self._never_listed(region, failure) for region in missed])

    def _unlisted(self) -> dict[str, Progress]:
        return {listing.name: Progress() for listing in self._service.listings}

    def _collect(self, account: Caller, known: KnownByRegion) -> Scopes:
        """Collect the scopes' listings concurrently; return the scopes that are still open."""
        context = CollectionContext(
            run=self._run,
            inventory=self._dependencies.inventory,
            claim_check=self._dependencies.claim_check,
            lake=self._dependencies.lake,
            journal=self._journal,
            publish=self._publisher.publish,
            readers=self._dependencies.readers,
            deadline=self._deadline,
        )
        calls_before = account.counts.requests_so_far()
        throttles_before = account.counts.throttles_so_far()
        collections = [
            self._open(account, region, known.get(region, {}), listings, context)
            for region, listings in self._scopes.items()
        ]
        waiting: list[ScopeCollection] = []
        under_way = {
            self._dependencies.scopes.submit(listing.advance): scope
            for scope in collections
            for listing in scope.pending
        }
        for future in as_completed(under_way):
            future.result()
            if under_way[future].advanced():
                waiting.append(under_way[future])
            if len(waiting) >= CLOSED_TOGETHER:
                waiting = self._close(waiting, account, calls_before)
        self._publisher.flush()
        self._close(waiting, account, calls_before)
        self._measure(account.counts.throttles_so_far() - throttles_before)
        return {one.scope.region: {**one.progress} for one in collections if not one.is_finished}

    def _open(
        self,
        account: Caller,
        region: str,
        known: KnownByListing,
        listings: Mapping[str, Progress],
        context: CollectionContext,
    ) -> ScopeCollection:
        scope = Scope(self._account_id, self._service.name, region)
        return ScopeCollection(
            scope,
            [
                ListingCollection(
                    scope,
                    listing.name,
                    partial(listing.reader, account, scope, self._run),
                    known.get(listing.name, {}),
                    listings[listing.name],
                    context,
                )
                for listing in self._service.listings
            ],
        )

    def _close(
        self,
        waiting: Sequence[ScopeCollection],
        account: Caller,
        calls_before: Requests,
    ) -> list[ScopeCollection]:
        """Record the scopes whose messages are all published; return the others."""
        finished, still_waiting = [], []
        for one in waiting:
            if not one.is_settled(self._publisher):
                still_waiting.append(one)
                continue
            region = None if one.scope.region == GLOBAL else one.scope.region
            one.settle(self._publisher, account.counts.requests_since(calls_before, region))
            if one.is_finished:
                finished.append(one)
        name = f"{self._account_id}/{self._service.name}"
        self._record(self._dependencies.readers.map(name, ScopeCollection.end, finished))
        return still_waiting

    def _record(self, records: Sequence[ScopeRecord]) -> None:
        self._dependencies.ledger.record(self._run.run_id, records)
        self._outcomes.update(entry.outcome for entry in records)

    def _measure(self, throttles: int) -> None:
        service = self._service.name
        latencies = self._publisher.statistics.latencies
        measure(MetricUnit.Count, {"Throttles": throttles}, Service=service)
        measure(MetricUnit.Milliseconds, {"PublishLatency": latencies}, Service=service)

    def _never_listed(self, region: str, failure: Failure) -> ScopeRecord:
        """Return the record of a scope that `failure` keeps from being listed any further."""
        begun = [*self._checkpoint.scopes.get(region, {"": Progress()}).values()]
        return ScopeRecord(
            scope=Scope(self._account_id, self._service.name, region),
            outcome=Outcome.PARTIAL if any(each.seen for each in begun) else Outcome.FAILED,
            failure=failure,
            tally=Tally.total(each.tally for each in begun),
            started_at=min(each.started_at for each in begun),
            finished_at=now(),
        )

    def _result(self, open_scopes: Scopes) -> dict[str, Any]:
        publishing = add_up(self._checkpoint.publishing, self._publisher.statistics.to_document())
        self._dependencies.ledger.add_publishing(
            self._run.run_id,
            self._service.name,
            self._account_id,
            publishing,
            is_repeated=self._journal.is_repeated,
        )
        continuation = None
        if open_scopes:
            place = f"{self._run.run_id}/{self._service.name}/{self._account_id}"
            checkpoint = Checkpoint(
                self._checkpoint.number + 1, open_scopes, publishing, self._outcomes
            )
            continuation = self._dependencies.checkpoints.save(place, checkpoint)
        return {
            "status": CONTINUE if continuation else DONE,
            "continuation": continuation,
            "scopes": dict(self._outcomes),
            "publishing": publishing,
        }


_DISABLED = Failure(
    Reason.REGION_DISABLED,
    "",
    "The region is not enabled in the account; what was known of it stays as it was.",
    retryable=False,
)
