"""Messages that come late: what no later listing knew of must not come back to life.

A message may wait in the dead-letter queue for days. Where its resource is in the table, the
capture times decide. Where it is not, a complete listing that began after the capture has decided
already: had the resource still been there, the listing would have published it.
"""

from datetime import timedelta

from cidb2.items.item import Item
from cidb2.ledger.writer import Ledger
from cidb2.scope import Scope
from cidb2.times import now, parse


class StaleMessageFilter:
    """Tells late messages that are overtaken. `is_overtaken` may run in several threads.

    Only for an item captured more than `late_after` ago the ledger is asked, and about a scope only
    until one thread knows it, or until `forget`.
    """

    def __init__(self, ledger: Ledger, late_after: timedelta) -> None:
        self._ledger = ledger
        self._late_after = late_after
        self._complete_since: dict[str, str] = {}

    def is_overtaken(self, item: Item) -> bool:
        """Tell whether the item's scope was listed completely after the item was captured.

        StorageError where the ledger cannot be read.
        """
        captured_at = parse(item["configurationItemCaptureTime"])
        if now() - captured_at < self._late_after:
            return False
        since = self._last_complete_listing(item["scope"])
        return bool(since) and parse(since) > captured_at

    def forget(self) -> None:
        """Ask the ledger anew from now on."""
        self._complete_since = {}

    def _last_complete_listing(self, scope: str) -> str:
        known = self._complete_since
        if scope not in known:  # nobody waits for another's answer; at worst two ask the same
            coverage = self._ledger.coverage_of(Scope.parse(scope))
            known[scope] = coverage.get("lastCompleteStartedAt", "")
        return known[scope]
