"""The ledger: the outcome of each scope in each run, and when each scope was last complete.

Rows of the runs table, by `pk` and `sk`:
  runs / <run>                                    the run: input, configuration, outcome, totals
  <part> / collection#<service>#<account>         planned regions, regions not enabled, figures of
                                                  publishing, whether it was repeated
  <part> / scope#<service>#<account>#<id>         the outcomes of scopes that were written together:
                                                  see `packing`
  <part> / failure#<collector>#<account>          a collector that died, from the state machine
  <part> / stored#<service>#<batch>               the reporter's results of a batch, and its usage
  <part> / usage#<function>#<invocation>          the usage of an invocation
  account#<account> / covered#<service>           the last attempt and the last complete one in each
                                                  region: see `coverage` and `coverage_row`
  account#<account> / journal#...                 what collections published: see `journal`

<part> is run#<run>#<shard> for the rows of an account or a batch, and run#<run> for all others; see
`partitions`.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import Any
from uuid import uuid4

from cidb2.aws.backoff import full_jitter
from cidb2.aws.table import TRIES, WRITE_AT_ONCE, Row, Table
from cidb2.aws.usage import Usage
from cidb2.chunks import chunks
from cidb2.errors import StorageUnavailableError
from cidb2.ledger.coverage import Covered, merged, of_known_regions
from cidb2.ledger.coverage_row import coverage_fields, coverage_key, regions_covered
from cidb2.ledger.packing import pack
from cidb2.ledger.partitions import run_partition
from cidb2.ledger.scope_record import ScopeRecord, scope_row
from cidb2.ledger.view import RUNS, LedgerView
from cidb2.run import Run
from cidb2.times import now
from cidb2.types.catalog import REGIONAL, unlisted_region

UPDATES_SIDE_BY_SIDE = 8
"""DynamoDB has no request that updates several rows at once."""


class Ledger(LedgerView):
    """Writes and reads the runs table. Every method raises StorageError."""

    def __init__(
        self, table: Table, retention_days: int, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        super().__init__(table)
        self._sleep = sleep
        self._retention = timedelta(days=retention_days)

    def open_run(self, run_id: str, content: Mapping[str, Any]) -> None:
        """Write the row of a run."""
        self._table.put([{"pk": RUNS, "sk": run_id, "runId": run_id, **content, **self._expiry}])

    def close_run(self, run_id: str, content: Mapping[str, Any]) -> None:
        """Add a run's outcome to its row."""
        self._table.update({"pk": RUNS, "sk": run_id}, content)

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

        If so, only the journal knows what all its attempts have published. A collection without
        messages, as of an empty account, has no figures.
        """
        if not (statistics.get("messages") or is_repeated):
            return
        content = {"publishing": statistics, "isRepeated": is_repeated or None}
        self._update_collection(run_id, service, account_id, content)

    def record(self, run_id: str, records: Iterable[ScopeRecord]) -> None:
        """Update the coverage of scopes, then write their rows of the run.

        In this order, because a scope without a row is recorded again at the run's end, and a scope
        with a row is not. Adjacent records of one service in one account share a row, which is
        never written again: another attempt writes its own, and `scopes` tells which one counts.
        A few rows at a time, so that a retry has less to do.
        """
        for some in chunks(_by_collection(records), WRITE_AT_ONCE):
            with ThreadPoolExecutor(UPDATES_SIDE_BY_SIDE, "coverage") as threads:
                [*threads.map(partial(self._cover, run_id), some)]
            self._table.put(row for of_one in some for row in self._rows(run_id, of_one))

    def _rows(self, run_id: str, records: Sequence[ScopeRecord]) -> Iterator[Row]:
        scope = records[0].scope
        for row in pack([scope_row(run_id, entry) for entry in records]):
            yield {
                "pk": run_partition(run_id, scope.account_id),
                "sk": f"scope#{scope.service}#{scope.account_id}#{uuid4().hex}",
                **row,
                **self._expiry,
            }

    def _cover(self, run_id: str, records: Sequence[ScopeRecord]) -> None:
        """Merge what a run tells of a service in an account into its coverage.

        The row is written only if nobody else has written it since it was read.
        """
        scope = records[0].scope
        told: dict[str, Covered] = {}
        for entry in records:
            told = merged(told, {entry.scope.region: Covered.by(run_id, entry)})
        key = coverage_key(scope.account_id, scope.service)
        for attempt in range(TRIES):
            version, known = self._covered(scope.account_id, scope.service)
            regions = merged(known, told)
            if version and regions == known:
                return
            fields = coverage_fields(scope.account_id, scope.service, regions)
            if self._table.update_version(key, version, fields):
                return
            self._sleep(full_jitter(attempt))
        raise StorageUnavailableError(f"{key['pk']}: others write the coverage all the time")

    def _covered(self, account_id: str, service: str) -> tuple[int, Mapping[str, Covered]]:
        """Return the version of a service's coverage row, 0 if there is none, and its regions."""
        key = coverage_key(account_id, service)
        rows = self._table.query(
            "pk = :pk AND sk = :sk", {":pk": key["pk"], ":sk": key["sk"]}, ConsistentRead=True
        )
        for row in rows:
            return row["version"], regions_covered(row)
        earlier = self._begins_with(key["pk"], f"coverage#{service}#")
        return 0, {row["awsRegion"]: Covered.of_earlier_release(row) for row in earlier}

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
        _, covered = self._covered(account_id, service)
        known = of_known_regions(covered)
        tried = [region for region in known if region not in run.excluded_regions]
        return tried or [unlisted_region(service)]

    def _update_collection(
        self, run_id: str, service: str, account_id: str, content: Mapping[str, Any]
    ) -> None:
        self._table.update(
            {
                "pk": run_partition(run_id, account_id),
                "sk": f"collection#{service}#{account_id}",
            },
            {"service": service, "accountId": account_id, **content, **self._expiry},
        )

    @property
    def _expiry(self) -> dict[str, int]:
        return {"expiresAt": int((now() + self._retention).timestamp())}


def _by_collection(records: Iterable[ScopeRecord]) -> Iterator[Sequence[ScopeRecord]]:
    for _, of_one in groupby(records, lambda entry: (entry.scope.account_id, entry.scope.service)):
        yield [*of_one]
