"""The ledger: what every run did in every scope, and when each scope was last complete.

Rows of the runs table, by `pk` and `sk`:
  runs / <run>                                    the run: input, configuration, outcome, totals
  <part> / collection#<service>#<account>         the regions planned, those not enabled, what
                                                  publishing came to, whether it was repeated
  <part> / scope#<service>#<account>#<region>     the scope's outcome
  <part> / failure#<service>#<account>            a collector that died, by the state machine
  <part> / stored#<service>#<batch>               what the reporter made of a batch, what it used
  <part> / usage#<function>#<invocation>          what an invocation used
  account#<account> / coverage#<service>#<region> the last attempt and the last complete one
  account#<account> / journal#...                 what collections published: `journal` says how

<part> is run#<run>#<shard> for the rows of an account or a batch, and run#<run> for all others:
`partitions` says why.
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
        """Write the run's own row."""
        self._table.put([{"pk": RUNS, "sk": run_id, "runId": run_id, **content, **self._expiry}])

    def close_run(self, run_id: str, content: Mapping[str, Any]) -> None:
        """Add the run's outcome to its own row."""
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
        """Write which regions of an account get a row, and which the account has not enabled."""
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
        """Write what publishing came to in a collection, and whether an attempt died before.

        Only the journal knows what all attempts of one that is repeated have published.
        """
        content = {"publishing": statistics, "isRepeated": is_repeated or None}
        self._update_collection(run_id, service, account_id, content)

    def record(self, run_id: str, records: Iterable[ScopeRecord]) -> None:
        """Bring the coverage of scopes up to date and write their rows of the run.

        Coverage first: a scope without a row is recorded again at the run's end, with a row it
        is not. A few at a time, so that who is tried again has less to do.
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
        """Write what the reporter made of a batch, by run and service: counts, and what it used.

        A batch has a row of its own, so a write that is tried again counts nothing twice.
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
        """Write what an invocation used. One that is tried again has another id, and a row more."""
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
        """Return the regions that a run owes a row where it cannot list an account's regions.

        Those that the run names; else those in which the service was ever tried, less what the run
        excludes; else what stands for all of them.
        """
        if run.regions and REGIONAL[service]:
            return run.regions
        rows = self._begins_with(f"account#{account_id}", f"coverage#{service}#")
        tried = [row["awsRegion"] for row in rows if row["awsRegion"] not in run.excluded_regions]
        return tried or [unlisted_region(service)]

    def forget_unlisted(self, account_id: str, service: str) -> None:
        """Remove the coverage of 'all regions', once it is known which they are."""
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
