"""Collecting one scope: its listings, each on its own, and what they come to together."""

from collections.abc import Mapping, Sequence

from cidb2.collecting.checkpoints import Progress
from cidb2.collecting.listing_collection import ListingCollection
from cidb2.ledger.scope_record import ScopeRecord
from cidb2.publishing.publisher import Publisher
from cidb2.scope import Scope
from cidb2.times import now


class ScopeCollection:
    """The collection of one scope, which is over when all of its listings are.

    `is_narrowed` is set if the run leaves out other listings of the scope.
    """

    def __init__(
        self, scope: Scope, listings: Sequence[ListingCollection], *, is_narrowed: bool = False
    ) -> None:
        self.scope = scope
        self.listings = listings
        self._is_narrowed = is_narrowed
        self._under_way = len(self.pending)

    @property
    def pending(self) -> Sequence[ListingCollection]:
        """The listings that have not ended in an earlier invocation."""
        return [one for one in self.listings if not one.progress.is_finished]

    @property
    def is_finished(self) -> bool:
        return not self.pending

    @property
    def progress(self) -> Mapping[str, Progress]:
        """The progress of each listing, by name."""
        return {one.name: one.progress for one in self.listings}

    def advanced(self) -> bool:
        """Count a listing that has advanced; return whether it was the last of this invocation."""
        self._under_way -= 1
        return not self._under_way

    def is_settled(self, publisher: Publisher) -> bool:
        """Tell whether every message of the scope so far is published or given up."""
        return all(publisher.is_settled(one.source) for one in self.listings)

    def settle(self, publisher: Publisher, requests: int) -> None:
        """Record the results of this invocation's messages, and its requests to AWS."""
        for one in self.listings:
            failures = publisher.failures.get(one.source, [])
            one.settle(publisher.published[one.source], failures)
        self.listings[0].progress.tally.apiCalls += requests

    def end(self) -> ScopeRecord:
        """End the listings, and return the scope's record for the ledger."""
        ended = [one.end() for one in self.listings]
        return ScopeRecord.of(self.scope, ended, now(), is_narrowed=self._is_narrowed)
