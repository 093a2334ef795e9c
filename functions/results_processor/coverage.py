"""The age of coverage: how long ago what a run collects was last complete."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from cidb2.ledger.compact import time_of
from cidb2.ledger.coverage import Covered
from cidb2.ledger.writer import Ledger
from cidb2.reasons import Reason
from cidb2.run import Run
from cidb2.scope import Outcome
from cidb2.times import parse
from cidb2.types.selection import selected_listings
from functions.results_processor.sinks import Row

HOUR_SECONDS = 3600


class Coverage:
    """A sink that records the scopes of active accounts that the run did not renew.

    Listings that the run leaves out do not count. It stores a reference to each of those scopes,
    and only the earliest end of the others.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._completed: datetime | None = None
        self._missed: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        self._scopes: dict[tuple[str, str], tuple[str, str]] = {}

    def take(self, row: Row) -> None:
        if self._is_renewed(row):
            finished_at = parse(row["finishedAt"])
            self._completed = min(self._completed or finished_at, finished_at)
        elif row.get("reason") != Reason.ACCOUNT_SUSPENDED:
            scope = (row["service"], row["awsRegion"])  # the same in many accounts, stored once
            self._missed[row["accountId"]].append(self._scopes.setdefault(scope, scope))

    def age_hours(self, ledger: Ledger, moment: datetime) -> float:
        """Return the most hours since a scope was last complete; 0 without scopes.

        A scope that was never complete counts from its first attempt. The ledger is read once for
        each account in which the run missed a scope; raises StorageError if that fails.
        """
        completed = [self._completed] if self._completed else []
        since = min([*completed, *self._missed_since(ledger)], default=moment)
        return (moment - since).total_seconds() / HOUR_SECONDS

    def _is_renewed(self, row: Row) -> bool:
        if row["outcome"] != Outcome.COMPLETE:
            return False
        renewed = {*row.get("renewedListings", ())}
        return not row.get("isNarrowed") or renewed == self._listings(row["service"])

    def _missed_since(self, ledger: Ledger) -> Iterator[datetime]:
        for account_id, scopes in self._missed.items():
            missed = {*scopes}
            for scope, covered in ledger.covered(account_id):
                if (scope.service, scope.region) in missed:
                    yield self._complete_at(scope.service, covered)

    def _complete_at(self, service: str, covered: Covered) -> datetime:
        completion = covered.oldest_of(self._listings(service))
        return parse(time_of(completion.ended or covered.missed_since or 0))

    def _listings(self, service: str) -> frozenset[str]:
        return selected_listings(service, self._run.types)
