"""Stale messages: a late message must not restore a resource that no longer exists.

A message may wait in the dead-letter queue for days. If its resource is in the table, the capture
times decide. If not, a complete listing that began after the capture has already decided: if the
resource had still existed, the listing would have published it.
"""

from datetime import timedelta

from cidb2.items.item import Item
from cidb2.ledger.writer import Ledger
from cidb2.scope import Scope
from cidb2.times import now, parse


class StaleMessageFilter:
    """Detects late messages that a newer listing has overtaken. Thread-safe.

    The ledger is asked only about items captured more than `late_after` ago, and about each scope
    once, until `forget`.
    """

    def __init__(self, ledger: Ledger, late_after: timedelta) -> None:
        self._ledger = ledger
        self._late_after = late_after
        self._complete_since: dict[str, str] = {}

    def is_overtaken(self, item: Item) -> bool:
        """Tell whether the item's scope was listed completely after the item was captured.

        Raises StorageError if the ledger cannot be read.
        """
        captured_at = parse(item["configurationItemCaptureTime"])
        if now() - captured_at < self._late_after:
            return False
        since = self._last_complete_listing(item["scope"])
        return bool(since) and parse(since) > captured_at

    def forget(self) -> None:
        """Forget the answers, so that the ledger is asked again."""
        self._complete_since = {}

    def _last_complete_listing(self, scope: str) -> str:
        known = self._complete_since
        if scope not in known:  # no thread waits for another's answer; at worst, two ask the same
            coverage = self._ledger.coverage_of(Scope.parse(scope))
            known[scope] = coverage.get("lastCompleteStartedAt", "")
        return known[scope]
