"""The figures of publishing, which a run's summary adds up."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

NAMED_FAILURES = 50
"""Maximum failed messages that are named; all are counted and logged."""

CHUNK_BYTES = 65_536
"""Bytes of a request that are charged as one request (Amazon SNS pricing)."""


@dataclass
class PublishStatistics:
    """The counts of one publisher; `bytes` as SNS counts them, `seconds` since the first batch.

    `chunks` are the requests that SNS charges, one for each 64 KB. `latencies` are the milliseconds
    that each PublishBatch took, retries included; they are not part of the document.
    """

    messages: int = 0
    succeeded: int = 0
    failed: int = 0
    batches: int = 0
    requests: int = 0
    chunks: int = 0
    retries: int = 0
    bytes: int = 0
    failed_messages: list[dict[str, str]] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    _began: float | None = None
    _lock: Lock = field(default_factory=Lock, repr=False)

    def batch_began(self) -> None:
        with self._lock:
            self.batches += 1
            if self._began is None:
                self._began = time.monotonic()

    def count_request(self, request_bytes: int, *, is_retry: bool = False) -> None:
        with self._lock:
            self.requests += 1
            self.chunks += math.ceil(request_bytes / CHUNK_BYTES)
            self.retries += is_retry

    def name_failed(self, arn: str, code: str) -> None:
        if len(self.failed_messages) < NAMED_FAILURES:
            self.failed_messages.append({"arn": arn, "errorCode": code})

    def to_document(self) -> dict[str, Any]:
        """Return the figures by their names in the summary."""
        seconds = 0.0 if self._began is None else time.monotonic() - self._began
        return {
            "messages": self.messages,
            "succeeded": self.succeeded,
            "failed": self.failed,
            "batches": self.batches,
            "requests": self.requests,
            "chunks": self.chunks,
            "retries": self.retries,
            "bytes": self.bytes,
            "seconds": round(seconds, 3),
            "failedMessages": self.failed_messages,
        }


_ADDED = (
    *("messages", "succeeded", "failed", "batches"),
    *("requests", "chunks", "retries", "bytes", "seconds"),
)


def add_up(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sums of the figures of two publishers."""
    total: dict[str, Any] = {name: one.get(name, 0) + other.get(name, 0) for name in _ADDED}
    named = [*one.get("failedMessages", []), *other.get("failedMessages", [])]
    return total | {"seconds": round(total["seconds"], 3), "failedMessages": named[:NAMED_FAILURES]}
