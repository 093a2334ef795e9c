"""The journal of a collection: a write-ahead log of what it publishes.

It answers three questions that the inventory table cannot. If a collector is retried in the same
run: did an earlier attempt publish exactly this? Then it is not published twice. If the table
differs from the listing: did the last run publish exactly this? Then the message was lost, and is
now healed. If a collector died: how many messages had it published?
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from hashlib import blake2b
from uuid import uuid4

from cidb2.aws.table import Row, Table
from cidb2.items.digests import Digests
from cidb2.items.item import Change
from cidb2.publishing.messages import Message
from cidb2.times import now

RETENTION = timedelta(days=8)
"""A week between two runs, and a day."""

_DIGEST_BYTES = 15
_STATEMENT_BYTES = _DIGEST_BYTES + 1
_SIGNS = {Change.CREATED: b"+", Change.CHANGED: b"*", Change.UNCHANGED: b"=", Change.DELETED: b"-"}
_CHANGES = {sign: change for change, sign in _SIGNS.items()}


class Journal:
    """The journal of one service of an account, in the runs table. Its methods raise StorageError.

    Rows: `pk` account#<account>, `sk` journal#<service>#<run>#<invocation>#<id>, with 16 bytes per
    message: a digest of the resource and its statement, and the change. The digest's key is the
    run's id, so nobody can search for colliding messages before the run begins. A `withdrawn` row
    names messages of an earlier row that were not accepted after all.

    `invocation` counts the invocations of the collection before this one.
    """

    def __init__(
        self, table: Table, account_id: str, service: str, run_id: str, invocation: int = 0
    ) -> None:
        self._table = table
        self._partition = f"account#{account_id}"
        self._prefix = f"journal#{service}#"
        self._run_id = run_id
        self._invocation = invocation
        self._of_this_run: dict[bytes, Change] = {}
        self._last_run_id = ""
        self._of_last_run = Digests()
        self.is_repeated = True

    def read(self) -> None:
        """Read what earlier attempts of this run, and the run before it, recorded.

        After that, `is_repeated` tells whether an earlier attempt recorded anything for this
        invocation; before, it is assumed.
        """
        rows: dict[str, list[Row]] = {self._run_id: []}
        for row in self._latest_first(self._prefix):
            if row["runId"] not in rows and len(rows) > 1:
                break
            rows.setdefault(row["runId"], []).append(row)
        of_this_run = rows.pop(self._run_id)
        self._of_this_run = _published(of_this_run)
        for self._last_run_id, of_last_run in rows.items():
            self._of_last_run = Digests(map(bytes.hex, _published(of_last_run)))
        self.is_repeated = any(row["invocation"] >= self._invocation for row in of_this_run)

    def write(self, messages: Sequence[Message]) -> None:
        """Record messages that are about to be published. Thread-safe."""
        self._put(messages, withdrawn=False)

    def withdraw(self, messages: Sequence[Message]) -> None:
        """Record that messages were not published. Thread-safe."""
        self._put(messages, withdrawn=True)

    def published_as(self, arn: str, statement: str, change: Change) -> Change | None:
        """Return the change as which an earlier attempt of this run published exactly this, if any.

        The existence of a resource with this content is one statement, under any `change`; its
        deletion is another.
        """
        return self._of_this_run.get(_digest(self._run_id, arn, statement, change))

    def was_lost(self, arn: str, statement: str, change: Change) -> bool:
        """Tell whether the last run published this statement, which the table has not received."""
        return _digest(self._last_run_id, arn, statement, change).hex() in self._of_last_run

    def handed_over(self) -> int:
        """Return the number of messages that all attempts of this run have published."""
        signs = {True: -1, False: 1}
        return sum(
            signs[row["withdrawn"]] * len(row["statements"]) // _STATEMENT_BYTES
            for row in self._latest_first(f"{self._prefix}{self._run_id}#")
        )

    def _put(self, messages: Sequence[Message], *, withdrawn: bool) -> None:
        place = f"{self._run_id}#{self._invocation:06}#{uuid4().hex}"
        row = {
            "pk": self._partition,
            "sk": f"{self._prefix}{place}",
            "runId": self._run_id,
            "invocation": self._invocation,
            "withdrawn": withdrawn,
            "statements": b"".join(_statement(self._run_id, message) for message in messages),
            "expiresAt": int((now() + RETENTION).timestamp()),
        }
        self._table.put([row])

    def _latest_first(self, prefix: str) -> Iterator[Row]:
        return self._table.query(
            "pk = :pk AND begins_with(sk, :sk)",
            {":pk": self._partition, ":sk": prefix},
            ConsistentRead=True,
            ScanIndexForward=False,
        )


def _statement(run_id: str, message: Message) -> bytes:
    change = Change(str(message.attributes["change"]))
    return _digest(run_id, message.arn, message.statement, change) + _SIGNS[change]


def _digest(run_id: str, arn: str, statement: str, change: Change) -> bytes:
    """Return the digest of a statement, or of a deletion, in a run."""
    said = f"{arn} {'-' if change is Change.DELETED else '+'}{statement}"
    return blake2b(said.encode(), key=run_id.encode(), digest_size=_DIGEST_BYTES).digest()


def _published(rows: Sequence[Row]) -> dict[bytes, Change]:
    """Return the published and not withdrawn digests in rows, with the change of each.

    Only withdrawn digests are counted, because there may be a hundred thousand of the others.
    """
    written = [row for row in rows if not row["withdrawn"]]
    changes = {digest: change for row in written for digest, change in _unpack(row["statements"])}
    withdrawn = Counter(
        digest for row in rows if row["withdrawn"] for digest, _ in _unpack(row["statements"])
    )
    if withdrawn:
        digests = (digest for row in written for digest, _ in _unpack(row["statements"]))
        times = Counter(digest for digest in digests if digest in withdrawn)
        for digest, count in withdrawn.items():
            if times[digest] <= count:
                changes.pop(digest, None)
    return changes


def _unpack(statements: bytes) -> Iterator[tuple[bytes, Change]]:
    for start in range(0, len(statements), _STATEMENT_BYTES):
        end = start + _DIGEST_BYTES
        yield statements[start:end], _CHANGES[statements[end : end + 1]]
