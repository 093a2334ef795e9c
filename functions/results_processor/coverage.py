"""The age of coverage: how long ago a run's scopes were last complete."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from cidb2.ledger.scope_record import NEVER
from cidb2.ledger.writer import Ledger
from cidb2.reasons import Reason
from cidb2.scope import Outcome
from cidb2.times import parse
from functions.results_processor.sinks import Row

HOUR_SECONDS = 3600


class Coverage:
    """A sink that records the scopes of active accounts that the run missed or narrowed.

    It stores a reference to each of them, and only the earliest end of the complete ones.
    """

    def __init__(self) -> None:
        self._completed: datetime | None = None
        self._missed: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        self._scopes: dict[tuple[str, str], tuple[str, str]] = {}

    def take(self, row: Row) -> None:
        if row["outcome"] == Outcome.COMPLETE and not row.get("isNarrowed"):
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

    def _missed_since(self, ledger: Ledger) -> Iterator[datetime]:
        for account_id, scopes in self._missed.items():
            missed = {*scopes}
            for row in ledger.coverage(account_id):
                if (row["service"], row["awsRegion"]) in missed:
                    never = row["lastCompleteAt"] == NEVER
                    yield parse(row["missedSince"] if never else row["lastCompleteAt"])
