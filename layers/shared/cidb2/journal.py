"""The journal of a collection: what it hands to SNS, written down before it is handed over.

It answers two questions that the inventory table cannot. When a collector is tried again in the
same run: has the attempt before handed over just this? Then it is not published twice. When the
table differs from what is listed: had the last run handed over just this? Then its message was
lost, and what is published now heals it.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from hashlib import blake2b
from uuid import uuid4

from cidb2.batching import Message
from cidb2.item import Change
from cidb2.table import Row, Table
from cidb2.times import now

RETENTION = timedelta(days=8)
"""A week's pause between two runs, and a day."""

_STATEMENT_BYTES = 16


class Journal:
    """The journal of one service of an account, in the runs table.

    Rows: `pk` account#<account>, `sk` journal#<service>#<run>#<number>, with 16 bytes for each
    message that say of which resource it says what. `read` and `write` raise StorageError.
    """

    def __init__(self, table: Table, account_id: str, service: str, run_id: str) -> None:
        self._table = table
        self._partition = f"account#{account_id}"
        self._prefix = f"journal#{service}#"
        self._run_id = run_id
        self._of_this_run: set[bytes] = set()
        self._of_last_run: set[bytes] = set()

    def read(self) -> None:
        """Read what earlier attempts of this run, and the last run before it, wrote down."""
        last_run = None
        for row in self._latest_first():
            run_id, statements = row["runId"], _unpack(row["statements"])
            if run_id == self._run_id:
                self._of_this_run.update(statements)
            elif last_run in (None, run_id):
                last_run = run_id
                self._of_last_run.update(statements)
            else:
                return

    def write(self, messages: Sequence[Message]) -> None:
        """Write down messages that are about to be published; may be called by several threads."""
        statements = [
            _statement(one.arn, one.content_hash, one.attributes["change"]) for one in messages
        ]
        row = {
            "pk": self._partition,
            "sk": f"{self._prefix}{self._run_id}#{uuid4().hex}",
            "runId": self._run_id,
            "statements": b"".join(statements),
            "expiresAt": int((now() + RETENTION).timestamp()),
        }
        self._table.put([row])

    def has_published(self, arn: str, content_hash: str, change: Change) -> bool:
        """Tell whether an earlier attempt of this run handed over just this."""
        return _statement(arn, content_hash, change) in self._of_this_run

    def was_lost(self, arn: str, content_hash: str, change: Change) -> bool:
        """Tell whether the last run handed over what the table, as it turns out, never got."""
        return _statement(arn, content_hash, change) in self._of_last_run

    def _latest_first(self) -> Iterator[Row]:
        return self._table.query(
            "pk = :pk AND begins_with(sk, :sk)",
            {":pk": self._partition, ":sk": self._prefix},
            ConsistentRead=True,
            ScanIndexForward=False,
        )


def _statement(arn: str, content_hash: str, change: str) -> bytes:
    """Return what stands for 'this resource is so', or for 'this resource is no more'."""
    sign = "-" if change == Change.DELETED else "+"
    return blake2b(f"{arn} {sign}{content_hash}".encode(), digest_size=_STATEMENT_BYTES).digest()


def _unpack(statements: bytes) -> Iterator[bytes]:
    for start in range(0, len(statements), _STATEMENT_BYTES):
        yield statements[start : start + _STATEMENT_BYTES]
