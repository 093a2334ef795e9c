"""Reads the ledger: runs, their rows, and the coverage of accounts.

`writer` describes the rows and writes them.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import datetime
from operator import itemgetter
from typing import Any

from cidb2.aws.merging import PAGE_ROWS, merged
from cidb2.aws.table import Row, Table
from cidb2.ledger.partitions import run_partition, run_partitions
from cidb2.ledger.scope_record import coverage_key
from cidb2.run import id_stamp
from cidb2.scope import Scope

RUNS = "runs"
"""The partition that holds a row for each run."""


class LedgerView:
    """Reads the runs table. Every method raises StorageError."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def run(self, run_id: str) -> Row:
        """Return the row of a run; an empty one if it does not exist or has expired."""
        return next(self._table.get([{"pk": RUNS, "sk": run_id}]), {})

    def recent_runs(
        self, most: int | None, fields: Sequence[str], *, since: datetime | None = None
    ) -> Sequence[Row]:
        """Return the existing `fields` of the latest runs' rows, newest first.

        Limited to `most` runs, or to those that began at `since` or later, or both.
        """
        names = {f"#{name}": name for name in fields}
        values = {":pk": RUNS} | ({":since": id_stamp(since)} if since else {})
        limit: dict[str, Any] = (
            {"PaginationConfig": {"MaxItems": most, "PageSize": most}} if most else {}
        )
        return [
            *self._table.query(
                "pk = :pk AND sk >= :since" if since else "pk = :pk",
                values,
                ScanIndexForward=False,
                ProjectionExpression=", ".join(names),
                ExpressionAttributeNames=names,
                **limit,
            )
        ]

    def rows(self, run_id: str, kind: str) -> Iterator[Row]:
        """Yield a run's rows of one kind: `collection`, `scope`, `failure`, `stored`, `usage`.

        Sorted by service, then account, then region.
        """
        return self._of_run(
            run_id, "pk = :pk AND begins_with(sk, :sk)", {":sk": f"{kind}#"}, ConsistentRead=True
        )

    def all_rows(self, run_id: str, fields: Sequence[str]) -> Iterator[Row]:
        """Yield a run's rows of every kind, with `sk` and their existing `fields`."""
        names = {f"#{name}": name for name in ("sk", *fields)}
        return self._of_run(
            run_id,
            "pk = :pk",
            {},
            ProjectionExpression=", ".join(names),
            ExpressionAttributeNames=names,
        )

    def coverage(self, account_id: str) -> Iterator[Row]:
        """Yield each scope's last attempt, last complete one, and why it was missed since."""
        yield from self._begins_with(f"account#{account_id}", "coverage#")

    def coverage_of(self, scope: Scope) -> Row:
        """Return the same for one scope; an empty row if it was never attempted."""
        return next(self._table.get([coverage_key(scope)]), {})

    def recorded_regions(self, run_id: str, account_id: str, service: str) -> Set[str]:
        """Return the regions of an account and service that have their row of a run."""
        partition = run_partition(run_id, account_id)
        rows = self._begins_with(partition, f"scope#{service}#{account_id}#")
        return {row["awsRegion"] for row in rows}

    def _of_run(
        self, run_id: str, condition: str, values: Mapping[str, Any], **options: Any
    ) -> Iterator[Row]:
        pages = {"PaginationConfig": {"PageSize": PAGE_ROWS}}
        queries = [
            self._table.query(condition, {":pk": partition, **values}, **pages, **options)
            for partition in run_partitions(run_id)
        ]
        return merged(queries, itemgetter("sk"))

    def _begins_with(self, partition: str, prefix: str) -> Iterator[Row]:
        return self._table.query(
            "pk = :pk AND begins_with(sk, :sk)",
            {":pk": partition, ":sk": prefix},
            ConsistentRead=True,
        )
