"""The partitions of the runs table that hold the rows of one run.

DynamoDB gives a partition key at most 1,000 write units a second, whatever the table may take:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
"""

import zlib
from collections.abc import Sequence

SHARDS = 32
"""Partitions that share the rows of a run's accounts and of the reporter's batches.

Five collectors write 68 rows of an account, one write unit each, in half a second at the least:
136 units a second. So 7 accounts may share a shard. Of 50 accounts collected at once, the default,
more than 7 share one of 32 shards in 1 of 200 cases, and one of 16 in 1 of 6. More shards would
cost every reader a query each. A release may raise the number and must never lower it: rows in a
shard that nobody reads are lost.
"""


def shard_of(name: str) -> str:
    """Return the shard, `00` to `31`, of an account id, or of the id of a reporter's batch."""
    return f"{zlib.crc32(name.encode()) % SHARDS:02}"


def run_partition(run_id: str, name: str | None = None) -> str:
    """Return the partition of a run's rows on `name`, or of those that belong to no account."""
    whole = f"run#{run_id}"
    return whole if name is None else f"{whole}#{shard_of(name)}"


def run_partitions(run_id: str) -> Sequence[str]:
    """Return every partition that holds rows of a run."""
    whole = run_partition(run_id)
    return [whole, *(f"{whole}#{shard:02}" for shard in range(SHARDS))]
