"""Stale messages: a late message must not restore a resource that no longer exists.

A message may wait in the dead-letter queue for days. If its resource is in the table, the capture
times decide. If not, a complete listing that began after the capture has already decided: if the
resource had still existed, the listing would have published it.
"""

from datetime import timedelta

from cidb2.items.item import Item
from cidb2.ledger.coverage import Covered
from cidb2.ledger.writer import Ledger
from cidb2.scope import Scope
from cidb2.times import now, parse
from cidb2.types.listings import listing_of


class StaleMessageFilter:
    """Detects late messages that a newer listing has overtaken. Thread-safe.

    The ledger is asked only about items captured more than `late_after` ago, and about each scope
    once, until `forget`.
    """

    def __init__(self, ledger: Ledger, late_after: timedelta) -> None:
        self._ledger = ledger
        self._late_after = late_after
        self._coverage: dict[str, Covered | None] = {}

    def is_overtaken(self, item: Item) -> bool:
        """Tell whether the item's listing was complete after the item was captured.

        Raises StorageError if the ledger cannot be read.
        """
        captured_at = parse(item["configurationItemCaptureTime"])
        if now() - captured_at < self._late_after:
            return False
        covered = self._coverage_of(item["scope"])
        if covered is None:
            return False
        service = Scope.parse(item["scope"]).service
        completion = covered.of(listing_of(service, item["arn"]))
        return parse(completion.began_at) > captured_at

    def forget(self) -> None:
        """Forget the answers, so that the ledger is asked again."""
        self._coverage = {}

    def _coverage_of(self, scope: str) -> Covered | None:
        known = self._coverage
        if scope not in known:  # no thread waits for another's answer; at worst, two ask the same
            known[scope] = self._ledger.coverage_of(Scope.parse(scope))
        return known[scope]
