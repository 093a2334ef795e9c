"""Ends a run: settles its ledger, waits until published messages are stored, summarises."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any

from cidb2.aws.storage import storage
from cidb2.aws.table import Table
from cidb2.aws.usage import Usage, add_up
from cidb2.lake.listings import scopes_key
from cidb2.ledger.prices import Prices
from cidb2.ledger.writer import Ledger
from cidb2.observability import logger
from cidb2.run import Run
from cidb2.scope import EVERY_ACCOUNT
from cidb2.settings import ResultsSettings
from cidb2.times import iso, now, parse
from functions.results_processor.accounts import ListedAccounts
from functions.results_processor.cost import REPORTER, Activity, estimate
from functions.results_processor.coverage import Coverage
from functions.results_processor.gathering import Gathering
from functions.results_processor.lake import LakeFile
from functions.results_processor.measures import measure_run
from functions.results_processor.notification import Notifications
from functions.results_processor.reconciliation import Stored, count_published, read_stored
from functions.results_processor.reporting import Reports
from functions.results_processor.settle import settle
from functions.results_processor.sinks import pour
from functions.results_processor.summary import brief, summarise
from functions.results_processor.summary_file import SummaryFile
from functions.results_processor.totals import Totals

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FUNCTION = "results_processor"

KEPT_IN_MEMORY = 8_000_000
"""Bytes of a file; a larger one is built on the function's disk."""

SETTLING = "SETTLING"
LONGEST_WAIT_SECONDS = 60
"""A day of these waits, nine events each, stays below the 25,000 events of a history."""

Settlement = Mapping[str, Any]
"""Passed from one call to the next: `attempt`, `since`, and `published` messages by service."""


@dataclass(frozen=True, slots=True)
class ResultsProcessor:
    """Ends runs. Raises StorageError if the hub's table or bucket fails."""

    settings: ResultsSettings
    ledger: Ledger
    runs_table: Table
    s3: "S3Client"
    reports: Reports
    notifications: Notifications
    prices: Prices

    def process(
        self, run: Run, settlement: Settlement | None, used_here: Callable[[], Usage]
    ) -> dict[str, Any]:
        """Return the brief summary, or SETTLING while messages are still in flight.

        `settlement` is from the last SETTLING result, None at the first call. `used_here` returns
        the usage of this invocation so far.
        """
        accounts = ListedAccounts(run.accounts, self.s3)
        if settlement is None:
            settlement = self._settle(run, accounts)
        stored, used_to_store = read_stored(run, settlement["published"], self.ledger)
        if self._awaits_storage(stored, settlement):
            return _wait(settlement)
        activity = partial(self._activity, run, used_to_store, settlement["attempt"], used_here)
        return self._end(run, accounts, stored, activity)

    def _settle(self, run: Run, accounts: ListedAccounts) -> Settlement:
        unsure = settle(run, accounts.ids, self.ledger)
        published = count_published(run, unsure, self.ledger, self.runs_table)
        return {"attempt": 0, "since": iso(now()), "published": published}

    def _awaits_storage(self, stored: Mapping[str, Stored], settlement: Settlement) -> bool:
        if all(each.difference <= 0 for each in stored.values()):
            return False
        waited = (now() - parse(settlement["since"])).total_seconds()
        return waited < self.settings.settle_timeout_seconds

    def _activity(
        self, run: Run, used_to_store: Usage, waits: int, used_here: Callable[[], Usage]
    ) -> Activity:
        usage: dict[str, Usage] = {REPORTER: used_to_store}
        for row in self.ledger.rows(run.run_id, "usage"):
            usage[row["function"]] = add_up(usage.get(row["function"], {}), row["usage"])
        failed = Counter(
            row["accountId"] == EVERY_ACCOUNT for row in self.ledger.rows(run.run_id, "failure")
        )
        usage[FUNCTION] = add_up(usage.get(FUNCTION, {}), used_here())
        return Activity(usage, failed[False], failed[True], waits)

    def _end(
        self,
        run: Run,
        accounts: ListedAccounts,
        stored: Mapping[str, Stored],
        activity: Callable[[], Activity],
    ) -> dict[str, Any]:
        """Summarise the run in one pass over its scopes, write, report, close and notify."""
        key, finished_at = f"runs/{run.run_id}/summary.json", now()
        totals, gathering, coverage = Totals(), Gathering(), Coverage(run)
        with _spooled() as summary_content, _spooled() as lake_content:
            summary_file = SummaryFile(summary_content)
            with LakeFile(lake_content) as lake_file:
                scopes = self.ledger.scopes(run.run_id)
                pour(scopes, totals, gathering, coverage, summary_file, lake_file)
            collections = self.ledger.rows(run.run_id, "collection")
            summary = summarise(run, totals, collections, stored, finished_at)
            summary["cost"] = estimate(run, summary, activity(), self.prices)
            summary_file.finish(summary)
            self._upload(scopes_key(run.run_id), lake_content)
            self._upload(key, summary_content, ContentType="application/json")
        report = self.reports.write(run, summary, gathering, accounts)
        output = brief(summary, self.settings.results_bucket, key) | {"report": report}
        self.ledger.close_run(run.run_id, output)
        logger.info("The run has ended", extra={"summary": output})
        measure_run(summary, coverage.age_hours(self.ledger, finished_at))
        return output | {"notification": self.notifications.send(output)}

    def _upload(self, key: str, content: IO[bytes], **headers: Any) -> None:
        content.seek(0)
        bucket = self.settings.results_bucket
        with storage(bucket):
            self.s3.put_object(Bucket=bucket, Key=key, Body=content, **headers)


def _spooled() -> IO[bytes]:
    return SpooledTemporaryFile(KEPT_IN_MEMORY)


def _wait(settlement: Settlement) -> dict[str, Any]:
    attempt = settlement["attempt"]
    return {
        "status": SETTLING,
        "settlement": {
            **settlement,
            "attempt": attempt + 1,
            "waitSeconds": min(2**attempt, LONGEST_WAIT_SECONDS),
        },
    }
