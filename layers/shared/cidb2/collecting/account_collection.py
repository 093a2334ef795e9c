"""Collects the services of one account side by side, each for itself."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, as_completed
from itertools import chain, zip_longest
from typing import Any

from cidb2.aws.caller import Caller
from cidb2.aws.regions import Regions, regions_of
from cidb2.collecting.checkpoints import Checkpoint, ServiceProgress
from cidb2.collecting.context import Limits
from cidb2.collecting.deadline import Deadline
from cidb2.collecting.dependencies import CollectorDependencies, Request
from cidb2.collecting.listing_collection import ListingCollection
from cidb2.collecting.scope_collection import ScopeCollection
from cidb2.collecting.service import Collector, session_actions
from cidb2.collecting.service_collection import ServiceCollection
from cidb2.observability import logger
from cidb2.publishing.statistics import add_up

DONE = "DONE"
CONTINUE = "CONTINUE"

Pending = tuple[ServiceCollection, ListingCollection, ScopeCollection]


class AccountCollection:
    """Collects an account's services, or continues where the last invocation stopped.

    They share the session, the account's regions, the threads and the limits. What keeps one of
    them from being collected does not affect the others.
    """

    def __init__(
        self,
        request: Request,
        collector: Collector,
        dependencies: CollectorDependencies,
        deadline: Deadline,
    ) -> None:
        self._request = request
        self._collector = collector
        self._dependencies = dependencies
        self._deadline = deadline
        self._checkpoint = (
            dependencies.checkpoints.load(request.continuation)
            if request.continuation
            else Checkpoint()
        )
        self._services = collector.wanted(request.run, request.account_id)
        limits = Limits(deadline)
        self._collections = [
            ServiceCollection(
                request.run,
                request.account_id,
                service,
                dependencies,
                limits,
                begun,
                self._checkpoint.number,
            )
            for service in self._services
            for begun in [self._begun(service.name)]
            if begun is not None
        ]

    def advance(self) -> dict[str, Any]:
        """Collect until the end or the deadline and return the collector's result.

        `status` is DONE or CONTINUE, `continuation` is the input of the next invocation, `scopes`
        counts the ended scopes by outcome, and `publishing` has the publishers' figures so far.
        Raises StorageError if the hub's own tables or bucket fail.
        """
        try:
            if account := self._open():
                regions = self._regions(account)
                self._collect(
                    [
                        [(each, *pending) for pending in each.open(account)]
                        for each in self._collections
                        if self._is_ready(each, regions)
                    ]
                )
            return self._result()
        finally:
            for each in self._collections:
                each.clear_drafts()

    def _begun(self, service: str) -> ServiceProgress | None:
        """Return how far a service is, or None if an earlier invocation has ended it."""
        if not self._request.continuation:
            return ServiceProgress()
        begun = self._checkpoint.services.get(service)
        return begun if begun and begun.scopes else None

    def _open(self) -> Caller | None:
        """Return the session of the account, or record for every service why there is none."""
        request = self._request
        if not self._collections:
            return None
        try:
            if not request.continuation:  # else each open listing meets the deadline itself
                self._deadline.check()
            for each in self._collections:
                each.look_up()
            actions = session_actions(self._services)
            return self._dependencies.sessions.open(request.account_id, request.run.run_id, actions)
        except Exception as error:  # noqa: BLE001 - the boundary of an account; logged and recorded
            logger.exception("An account could not be opened", extra=self._place)
            for each in self._collections:
                each.fail(error)
            return None

    def _regions(self, account: Caller) -> Future[Regions] | None:
        """Ask for the account's regions, once for all services that need them."""
        if not any(each.needs_regions for each in self._collections):
            return None
        wanted = self._request.run.regions or ()
        return self._dependencies.scopes.submit(regions_of, account, wanted)

    def _is_ready(self, one: ServiceCollection, regions: Future[Regions] | None) -> bool:
        """Wait for what a service needs to know; if that fails, record why, for it alone."""
        try:
            one.learn(regions)
        except Exception as error:  # noqa: BLE001 - the boundary of a service; logged and recorded
            extra = {**self._place, "service_collected": one.service.name}
            logger.exception("A service could not be opened", extra=extra)
            one.fail(error)
            return False
        return True

    def _collect(self, pending: Sequence[Sequence[Pending]]) -> None:
        """Advance the listings of all services, side by side."""
        under_way = {
            self._dependencies.scopes.submit(listing.advance): (service, scope)
            for service, listing, scope in filter(None, chain(*zip_longest(*pending)))
        }
        for future in as_completed(under_way):
            future.result()
            service, scope = under_way[future]
            service.advanced(scope)

    def _result(self) -> dict[str, Any]:
        ended = {each.service.name: each.end() for each in self._collections}
        checkpoint = Checkpoint(self._checkpoint.number + 1, {**self._checkpoint.services, **ended})
        continuation = None
        if any(each.scopes for each in ended.values()):
            run_id, account_id = self._request.run.run_id, self._request.account_id
            place = f"{run_id}/{self._collector.name}/{account_id}"
            continuation = self._dependencies.checkpoints.save(place, checkpoint)
        outcomes, publishing = Counter[str](), add_up({}, {})
        for each in checkpoint.services.values():
            outcomes.update(each.outcomes)
            publishing = add_up(publishing, each.publishing)
        return {
            "status": CONTINUE if continuation else DONE,
            "continuation": continuation,
            "scopes": dict(outcomes),
            "publishing": publishing,
        }

    @property
    def _place(self) -> dict[str, str]:
        """The account, as a line of the log names it."""
        return {"account": self._request.account_id}
