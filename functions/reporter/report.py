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
from functions.reporter.latecomers import Latecomers
from functions.reporter.store import Store

DEAD_LETTERED = "deadLettered"


class Reporter:
    """Stores items and keeps count for the ledger. `report` may run in several threads.

    `max_receive_count` is after how many deliveries SQS gives a message up.
    """

    def __init__(
        self, store: Store, ledger: Ledger, latecomers: Latecomers, max_receive_count: int
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._latecomers = latecomers
        self._max_receive_count = max_receive_count
        self._counts: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self._lock = Lock()

    def report(self, record: dict[str, Any]) -> None:
        """Store the item of one SQS record.

        Raises, with the reason in the log, where it cannot be stored: SQS then delivers the
        message again, and in the end to the dead-letter queue.
        """
        item = None
        deliveries = int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))
        try:
            item = decode(record["body"])
            outcome = self._store.store(
                item,
                is_redelivery=deliveries > 1,
                only_over_older=self._latecomers.is_overtaken(item),
            )
        except Exception as error:
            logger.exception(
                "A message could not be stored",
                extra={
                    "message_id": record.get("messageId"),
                    "deliveries": deliveries,
                    "reason": _reason(error),
                },
            )
            if item and deliveries >= self._max_receive_count:
                self._count(item, DEAD_LETTERED)
            raise
        self._count(item, outcome.lower())

    def count(self, batch_id: str) -> None:
        """Write down, under the batch's id, what was counted since the last call.

        Where the ledger cannot be written the items are stored all the same: the log has the
        figures, and the run's summary will say that they do not add up.
        """
        self._latecomers.forget()
        with self._lock:
            counts, self._counts = self._counts, defaultdict(Counter)
        for outcome, number in sum(counts.values(), Counter()).items():
            metrics.add_metric(f"Items{outcome[0].upper()}{outcome[1:]}", MetricUnit.Count, number)
        try:
            self._ledger.add_stored(batch_id, counts)
        except StorageError:
            metrics.add_metric("CountersLost", MetricUnit.Count, 1)
            logger.exception(
                "The counters of a batch could not be written",
                extra={"counts": {"/".join(key): dict(each) for key, each in counts.items()}},
            )

    def _count(self, item: Item, outcome: str) -> None:
        with self._lock:
            self._counts[item["runId"], Scope.parse(item["scope"]).service][outcome] += 1


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
