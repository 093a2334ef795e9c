"""The partitions of the runs table that hold the rows of one run.

DynamoDB allows at most 1,000 write units per second for a partition key:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
"""

import re
import zlib
from collections.abc import Sequence

SHARDS = 64
"""Partitions at most that share the rows of a run's accounts and of the reporter's batches.

Nine collectors of 54 services write 171 rows for an account, one write unit each, in a second or
more. So 5 accounts may share a shard. If 50 accounts that hold nothing are collected at once, the
default, the busiest of 64 shards is asked for 855 write units in that second, and the busiest of 32
for 1,026 (`benchmarks/partitions.py`). Each additional shard costs every reader a query. A release
may raise the number but never lower it, because rows in a shard that is no longer read are lost.
"""

EARLIER_SHARDS = 32
"""Partitions of runs of earlier releases, whose ids do not tell the number."""

_MOST = SHARDS.bit_length() - 1
_MARK = re.compile(rf"s([0-{_MOST}])\Z")


def shards_mark(accounts: int) -> str:
    """Return the end of the id of a run, which tells the binary logarithm of its number of shards.

    A run of a few accounts has no more shards than accounts, or twice as many at most: each costs
    every reader a query. Whoever knows the id of a run knows its partitions. Ids of earlier
    releases end in any hexadecimal digit, so the mark begins with a letter that is none.
    """
    return f"s{min(_MOST, max(0, accounts - 1).bit_length())}"


def shards_of(run_id: str) -> int:
    """Return the number of shards of a run."""
    mark = _MARK.search(run_id)
    return 2 ** int(mark[1]) if mark else EARLIER_SHARDS


def shard_of(run_id: str, name: str) -> str:
    """Return the shard, `00` to `63`, of an account id, or of the id of a reporter's batch."""
    return f"{zlib.crc32(name.encode()) % shards_of(run_id):02}"


def run_partition(run_id: str, name: str | None = None) -> str:
    """Return the partition of a run's rows about `name`, or of those about no account."""
    whole = f"run#{run_id}"
    return whole if name is None else f"{whole}#{shard_of(run_id, name)}"


def run_partitions(run_id: str) -> Sequence[str]:
    """Return every partition that holds rows of a run."""
    whole = run_partition(run_id)
    return [whole, *(f"{whole}#{shard:02}" for shard in range(shards_of(run_id)))]
