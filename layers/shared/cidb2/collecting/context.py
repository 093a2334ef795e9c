"""What the services of an account share, and what the listings of one service do."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import BoundedSemaphore

from cidb2.collecting.deadline import Deadline
from cidb2.collecting.readers import Readers, Shares
from cidb2.items.claim_check import ClaimCheck
from cidb2.items.inventory import Inventory
from cidb2.lake.listings import Lake
from cidb2.publishing.journal import Journal
from cidb2.publishing.messages import Message
from cidb2.publishing.publisher import BATCHES_IN_FLIGHT
from cidb2.run import Run

AT_ONCE = 200
"""Resources read, or marked deleted, between two checks of the deadline."""

LEAST_AT_ONCE = 12
"""Minimum resources that a listing reads at once. A resource may take 400 KB of memory until it is
published, and 16 listings with this many each still keep all threads busy."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds all services of an account together: time, memory, and batches in flight."""

    deadline: Deadline
    shares: Shares = field(default_factory=lambda: Shares(AT_ONCE, LEAST_AT_ONCE))
    batches: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(BATCHES_IN_FLIGHT))


@dataclass(frozen=True, slots=True)
class CollectionContext:
    """The run, the hub's stores, and the limits, for all listings of one service."""

    run: Run
    inventory: Inventory
    claim_check: ClaimCheck
    lake: Lake
    journal: Journal
    publish: Callable[[Message], None]
    readers: Readers
    limits: Limits
