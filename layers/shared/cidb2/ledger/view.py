"""Reads the ledger: runs, their rows, and the coverage of accounts.

`writer` describes the rows and writes them.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import datetime
from operator import itemgetter
from typing import Any

from cidb2.aws.merging import PAGE_ROWS, merged
from cidb2.aws.table import Row, Table
from cidb2.ledger.coverage import Covered, of_known_regions
from cidb2.ledger.coverage_row import by_service, coverage_key, earlier_key, regions_covered
from cidb2.ledger.packing import best, by_collection, regions_of
from cidb2.ledger.partitions import run_partition, run_partitions
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

        Sorted by service, then account. `scopes` unpacks those of kind `scope`.
        """
        return self._of_run(
            run_id, "pk = :pk AND begins_with(sk, :sk)", {":sk": f"{kind}#"}, ConsistentRead=True
        )

    def scopes(self, run_id: str) -> Iterator[Row]:
        """Yield the scopes of a run, each with its best outcome, by service, account and region."""
        for rows in by_collection(self.rows(run_id, "scope")):
            yield from best(rows)

    def recorded(self, run_id: str) -> Iterator[tuple[str, str, Set[str]]]:
        """Yield each service and account of a run with the regions whose outcome is recorded."""
        for rows in by_collection(self.rows(run_id, "scope")):
            yield rows[0]["service"], rows[0]["accountId"], regions_of(rows)

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
        """Yield each scope's last attempt and last complete one, by service and region."""
        for scope, covered in self.covered(account_id):
            yield covered.row(account_id, scope.service, scope.region)

    def covered(self, account_id: str) -> Iterator[tuple[Scope, Covered]]:
        """Yield the coverage of each scope of an account, by service and region."""
        for service, regions in by_service(self._begins_with(f"account#{account_id}", "cover")):
            for region, covered in sorted(of_known_regions(regions).items()):
                yield Scope(account_id, service, region), covered

    def coverage_of(self, scope: Scope) -> Covered | None:
        """Return the coverage of one scope; None if it was never attempted."""
        for row in self._table.get([coverage_key(scope.account_id, scope.service)]):
            return regions_covered(row).get(scope.region)
        return next(map(Covered.of_earlier_release, self._table.get([earlier_key(scope)])), None)

    def recorded_regions(self, run_id: str, account_id: str, service: str) -> Set[str]:
        """Return the regions of an account and service whose outcome a run has recorded."""
        partition = run_partition(run_id, account_id)
        rows = self._begins_with(partition, f"scope#{service}#{account_id}#")
        return regions_of(rows)

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
