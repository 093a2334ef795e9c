"""Reports one message: admits it, stores its item, and counts the outcome."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from cidb2.aws.usage import SQS_REQUESTS, WRITE_UNITS, Usage, add_up, share
from cidb2.errors import InconsistentItemError, StorageError, UnknownMessageError
from cidb2.items.item import Item
from cidb2.ledger.writer import Ledger
from cidb2.observability import MetricUnit, annotate_part, logger, measure
from cidb2.reasons import explain
from cidb2.scope import Scope
from cidb2.times import now, parse
from functions.reporter.admission import Admission
from functions.reporter.stale_messages import StaleMessageFilter
from functions.reporter.store import Outcome, Store

SQS_BATCH = 10
"""Messages in one ReceiveMessage or DeleteMessageBatch (SQS API Reference)."""

DEAD_LETTERED = "deadLettered"
COUNTED = (*(outcome.lower() for outcome in Outcome), DEAD_LETTERED)
"""Outcomes of a message, by their names in the ledger."""

Whose = tuple[str, str, str]
"""An item's run, account and service."""


class Reporter:
    """Stores items, and counts them for the ledger. `report` is thread-safe.

    `max_receive_count` is the number of deliveries after which SQS gives a message up.
    """

    def __init__(
        self,
        admission: Admission,
        store: Store,
        ledger: Ledger,
        stale_messages: StaleMessageFilter,
        max_receive_count: int,
    ) -> None:
        self._admission = admission
        self._store = store
        self._ledger = ledger
        self._stale_messages = stale_messages
        self._max_receive_count = max_receive_count
        self._counts: defaultdict[Whose, Counter[str]] = defaultdict(Counter)
        self._latencies: list[float] = []
        self._lock = Lock()

    def report(self, record: dict[str, Any]) -> None:
        """Store the item of one SQS record.

        If the item cannot be stored, logs the reason and raises: SQS then delivers the message
        again, and finally to the dead-letter queue.
        """
        item = None
        deliveries = int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))
        try:
            item = self._admission.admit(record["body"])
            logger.thread_safe_append_keys(**_named(_whose(item)), region=item["awsRegion"])
            outcome = self._store.store(
                item,
                is_redelivery=deliveries > 1,
                only_over_older=self._stale_messages.is_overtaken(item),
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
        finally:
            logger.thread_safe_clear_keys()
        self._count(item, outcome.lower())

    def count(self, batch_id: str, used: Usage) -> None:
        """Record the counts since the last call under the batch's id, and emit them as metrics.

        `used` is the usage of the batch so far; each run and service gets the share of its
        messages. If the ledger cannot be written, the items are stored nevertheless: the figures
        are logged, and the run's summary will report a difference.
        """
        self._stale_messages.forget()
        with self._lock:
            counts, self._counts = self._counts, defaultdict(Counter)
            latencies, self._latencies = self._latencies, []
        for whose in counts:
            annotate_part("items", **_named(whose))
        _measure(counts, latencies)
        totals: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for (run_id, _, service), outcomes in counts.items():
            totals[run_id, service] += outcomes
        try:
            self._ledger.add_stored(batch_id, _with_usage(totals, used))
        except StorageError:
            logger.exception(
                "The counters of a batch could not be written",
                extra={"counts": {"/".join(key): dict(each) for key, each in totals.items()}},
            )

    def _count(self, item: Item, outcome: str) -> None:
        with self._lock:
            self._counts[_whose(item)][outcome] += 1
            if outcome == Outcome.STORED.lower():
                captured_at = parse(item["configurationItemCaptureTime"])
                self._latencies.append((now() - captured_at).total_seconds())


def _with_usage(
    totals: Mapping[tuple[str, str], Counter[str]], used: Usage
) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the figures of a batch's rows, each with its share of the batch's usage.

    Lambda receives and deletes at most ten messages per request; a row is below 1 KB.
    """
    messages = sum(each.total() for each in totals.values())
    of_queue = {SQS_REQUESTS: 2 * math.ceil(messages / SQS_BATCH)}
    whole = add_up(used, of_queue, {WRITE_UNITS: len(totals)})
    return {
        key: {**each, "usage": share(whole, each.total() / messages)}
        for key, each in totals.items()
    }


def _measure(counts: Mapping[Whose, Counter[str]], latencies: Sequence[float]) -> None:
    totals = sum(counts.values(), Counter())
    for outcome in COUNTED:
        measure(MetricUnit.Count, {"Messages": totals[outcome]}, Outcome=outcome)
    measure(MetricUnit.Seconds, {"StoreLatency": latencies})


def _whose(item: Item) -> Whose:
    return item["runId"], item["accountId"], Scope.parse(item["scope"]).service


def _named(whose: Whose) -> dict[str, str]:
    return dict(zip(("run_id", "account", "service_collected"), whose, strict=True))


def _reason(error: Exception) -> str:
    if isinstance(error, UnknownMessageError):
        return f"UNKNOWN_MESSAGE: {error}"
    if isinstance(error, InconsistentItemError):
        return f"INCONSISTENT_MESSAGE: {error}"
    return explain(error).reason
