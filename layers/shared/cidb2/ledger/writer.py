"""The ledger: the outcome of each scope in each run, and when each scope was last complete.

Rows of the runs table, by `pk` and `sk`:
  runs / <run>                                    the run: input, configuration, outcome, totals
  <part> / collection#<service>#<account>         planned regions, regions not enabled, figures of
                                                  publishing, whether it was repeated
  <part> / scope#<service>#<account>#<region>     the scope's outcome
  <part> / failure#<service>#<account>            a collector that died, from the state machine
  <part> / stored#<service>#<batch>               the reporter's results of a batch, and its usage
  <part> / usage#<function>#<invocation>          the usage of an invocation
  account#<account> / coverage#<service>#<region> the last attempt and the last complete one
  account#<account> / journal#...                 what collections published: see `journal`

<part> is run#<run>#<shard> for the rows of an account or a batch, and run#<run> for all others; see
`partitions`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from cidb2.aws.table import WRITE_AT_ONCE, Table
from cidb2.aws.usage import Usage
from cidb2.chunks import chunks
from cidb2.ledger.partitions import run_partition
from cidb2.ledger.scope_record import ScopeRecord, coverage_key, coverage_row, first_miss, scope_row
from cidb2.ledger.view import RUNS, LedgerView
from cidb2.run import Run
from cidb2.scope import ALL_REGIONS, Scope
from cidb2.services import REGIONAL, unlisted_region
from cidb2.times import now


class Ledger(LedgerView):
    """Writes and reads the runs table. Every method raises StorageError."""

    def __init__(self, table: Table, retention_days: int) -> None:
        super().__init__(table)
        self._retention = timedelta(days=retention_days)

    def open_run(self, run_id: str, content: Mapping[str, Any]) -> None:
        """Write the row of a run."""
        self._table.put([{"pk": RUNS, "sk": run_id, "runId": run_id, **content, **self._expiry}])

    def close_run(self, run_id: str, content: Mapping[str, Any]) -> None:
        """Add a run's outcome to its row."""
        self._table.update({"pk": RUNS, "sk": run_id}, assign=content)

    def plan(
        self,
        run_id: str,
        service: str,
        account_id: str,
        regions: Sequence[str],
        *,
        not_enabled: Sequence[str] = (),
    ) -> None:
        """Write which regions of an account will get a row, and which it has not enabled."""
        content = {"regions": list(regions), "regionsNotEnabled": list(not_enabled)}
        self._update_collection(run_id, service, account_id, content)

    def add_publishing(
        self,
        run_id: str,
        service: str,
        account_id: str,
        statistics: Mapping[str, Any],
        *,
        is_repeated: bool = False,
    ) -> None:
        """Write the publishing figures of a collection, and whether an earlier attempt died.

        If so, only the journal knows what all its attempts have published.
        """
        content = {"publishing": statistics, "isRepeated": is_repeated or None}
        self._update_collection(run_id, service, account_id, content)

    def record(self, run_id: str, records: Iterable[ScopeRecord]) -> None:
        """Update the coverage of scopes, then write their rows of the run.

        In this order, because a scope without a row is recorded again at the run's end, and a scope
        with a row is not. A few at a time, so that a retry has less to do.
        """
        for some in chunks(records, WRITE_AT_ONCE):
            self._record(run_id, some)

    def _record(self, run_id: str, records: Sequence[ScopeRecord]) -> None:
        self._table.update_all(
            (coverage_key(entry.scope), coverage_row(run_id, entry), first_miss(entry))
            for entry in records
            if not entry.is_whole
        )
        self._table.put(
            coverage_key(entry.scope) | coverage_row(run_id, entry)
            for entry in records
            if entry.is_whole
        )
        self._table.put(
            {
                "pk": run_partition(run_id, entry.scope.account_id),
                **scope_row(run_id, entry),
                **self._expiry,
            }
            for entry in records
        )

    def add_stored(
        self, batch_id: str, figures: Mapping[tuple[str, str], Mapping[str, Any]]
    ) -> None:
        """Write the reporter's results of a batch, by run and service: counts and usage.

        Each batch has its own row, so a retried write counts nothing twice.
        """
        self._table.put(
            {
                "pk": run_partition(run_id, batch_id),
                "sk": f"stored#{service}#{batch_id}",
                "service": service,
                **content,
                **self._expiry,
            }
            for (run_id, service), content in figures.items()
        )

    def add_usage(
        self,
        run_id: str,
        function: str,
        invocation_id: str,
        usage: Usage,
        account_id: str | None = None,
    ) -> None:
        """Write the usage of an invocation. A retry has another id, so it gets its own row."""
        self._table.put(
            [
                {
                    "pk": run_partition(run_id, account_id),
                    "sk": f"usage#{function}#{invocation_id}",
                    "function": function,
                    "accountId": account_id,
                    "usage": usage,
                    **self._expiry,
                }
            ]
        )

    def owed_regions(self, run: Run, account_id: str, service: str) -> Sequence[str]:
        """Return the regions that need a row if an account's regions cannot be listed.

        These are the regions that the run names; or else those in which the service was ever
        attempted, except those that the run excludes; or else the placeholder for all regions.
        """
        if run.regions and REGIONAL[service]:
            return run.regions
        rows = self._begins_with(f"account#{account_id}", f"coverage#{service}#")
        tried = [row["awsRegion"] for row in rows if row["awsRegion"] not in run.excluded_regions]
        return tried or [unlisted_region(service)]

    def forget_unlisted(self, account_id: str, service: str) -> None:
        """Remove the coverage of the placeholder for all regions, once they are known."""
        region = unlisted_region(service)
        if region == ALL_REGIONS:
            self._table.delete(coverage_key(Scope(account_id, service, region)))

    def _update_collection(
        self, run_id: str, service: str, account_id: str, content: Mapping[str, Any]
    ) -> None:
        self._table.update(
            {
                "pk": run_partition(run_id, account_id),
                "sk": f"collection#{service}#{account_id}",
            },
            assign={"service": service, "accountId": account_id, **content, **self._expiry},
        )

    @property
    def _expiry(self) -> dict[str, int]:
        return {"expiresAt": int((now() + self._retention).timestamp())}
