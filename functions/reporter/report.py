"""Reporting one message: check it, store its item, count what became of it."""

import json
from collections import Counter, defaultdict
from threading import Lock
from typing import Any, cast

from cidb2.errors import InvalidInputError, StorageError, UnknownMessageError
from cidb2.item import Item
from cidb2.ledger import Ledger
from cidb2.observability import MetricUnit, logger, metrics
from cidb2.reasons import explain
from cidb2.scope import Scope
from cidb2.validation import check
from functions.reporter.store import Store


class Reporter:
    """Stores items and keeps count for the ledger. `report` may run in several threads."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger
        self._counts: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self._lock = Lock()

    def report(self, record: dict[str, Any]) -> None:
        """Store the item of one SQS record.

        Raises, with the reason in the log, where it cannot be stored: SQS then delivers the
        message again, and in the end to the dead-letter queue.
        """
        try:
            item = decode(record["body"])
            outcome = self._store.store(item)
        except Exception as error:
            logger.exception(
                "A message could not be stored",
                extra={
                    "message_id": record.get("messageId"),
                    "receive_count": record.get("attributes", {}).get("ApproximateReceiveCount"),
                    "reason": _reason(error),
                },
            )
            raise
        with self._lock:
            self._counts[item["runId"], Scope.parse(item["scope"]).service][outcome.lower()] += 1

    def count(self) -> None:
        """Add what was stored since the last call to the counters of the runs.

        Where the ledger cannot be written the items are stored all the same: the log has the
        figures, and the run's summary will say that they do not add up.
        """
        with self._lock:
            counts, self._counts = self._counts, defaultdict(Counter)
        for (run_id, service), outcomes in counts.items():
            for outcome, number in outcomes.items():
                metrics.add_metric(f"Items{outcome.title()}", MetricUnit.Count, number)
            try:
                self._ledger.add_stored(run_id, service, outcomes)
            except StorageError:
                metrics.add_metric("CountersLost", MetricUnit.Count, 1)
                logger.exception(
                    "The counters of a run could not be written",
                    extra={"run_id": run_id, "counted_service": service, "counts": outcomes},
                )


def decode(body: str) -> Item:
    """Return the item of a message; UnknownMessageError where it is none."""
    try:
        item = json.loads(body)
        check("item", item, "message", quoting=False)
    except (ValueError, InvalidInputError) as error:
        raise UnknownMessageError(str(error)) from error
    return cast("Item", item)


def _reason(error: Exception) -> str:
    if isinstance(error, UnknownMessageError):
        return f"UNKNOWN_MESSAGE: {error}"
    return explain(error).reason
