"""Ending a run: settle its ledger, wait until what was published is stored, summarise."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any

from cidb2.journal import Journal
from cidb2.lake import scopes_key
from cidb2.ledger import Ledger
from cidb2.observability import logger
from cidb2.prices import Prices
from cidb2.run import Run
from cidb2.settings import ResultsSettings
from cidb2.storage import storage
from cidb2.table import Table
from cidb2.times import iso, now, parse
from cidb2.usage import Usage, add_up
from functions.results_processor.cost import REPORTER, Activity, estimate
from functions.results_processor.gathering import Gathering
from functions.results_processor.lake import into_lake
from functions.results_processor.measures import measure_run
from functions.results_processor.notification import Notifications
from functions.results_processor.reporting import Reports
from functions.results_processor.settle import Collector, settle
from functions.results_processor.summary import Row, Stored, brief, public, summarise

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FUNCTION = "results_processor"

KEPT_IN_MEMORY = 8_000_000
"""Bytes of a summary; a larger one is built on the function's disk."""

SETTLING = "SETTLING"
LONGEST_WAIT_SECONDS = 60
"""A day of such waits, nine events each, stays below the 25,000 events of a history."""


@dataclass(frozen=True, slots=True)
class ResultsProcessor:
    """Ends runs. StorageError where the hub's table or bucket refuses."""

    settings: ResultsSettings
    ledger: Ledger
    runs_table: Table
    s3: "S3Client"
    reports: Reports
    notifications: Notifications
    prices: Prices

    def process(
        self, run: Run, settlement: Mapping[str, Any] | None, used_here: Callable[[], Usage]
    ) -> dict[str, Any]:
        """Return the brief summary, or, while messages are still on their way, SETTLING.

        `settlement` is what the last SETTLING answer handed over; None at the first call.
        `used_here` tells what this invocation has used so far.
        """
        if settlement is None:
            unsure = settle(run, self._accounts(run), self.ledger)
            published = self._published(run, unsure)
            settlement = {"attempt": 0, "since": iso(now()), "published": published}
        stored, used_to_store = self._stored(run, settlement["published"])
        if any(each.difference > 0 for each in stored.values()):
            waited = (now() - parse(settlement["since"])).total_seconds()
            if waited < self.settings.settle_timeout_seconds:
                return _wait(settlement)
        activity = partial(self._activity, run, used_to_store, settlement["attempt"], used_here)
        return self._summarise(run, stored, now(), activity)

    def _accounts(self, run: Run) -> list[str]:
        listed = self._call(self.s3.get_object, Bucket=run.accounts.bucket, Key=run.accounts.key)
        return [account["accountId"] for account in json.loads(listed["Body"].read())]

    def _published(self, run: Run, unsure: Set[Collector]) -> dict[str, int]:
        """Return how many messages SNS was given, by service; of `unsure` the journal knows it."""
        published = dict.fromkeys(run.services, 0)
        for row in self.ledger.rows(run.run_id, "scope"):
            if (row["service"], row["accountId"]) not in unsure:
                published[row["service"]] += row["published"]
        for service, account_id in unsure:
            journal = Journal(self.runs_table, account_id, service, run.run_id)
            published[service] += journal.handed_over()
        return published

    def _activity(
        self, run: Run, used_to_store: Usage, waits: int, used_here: Callable[[], Usage]
    ) -> Activity:
        usage: dict[str, Usage] = {REPORTER: used_to_store}
        for row in self.ledger.rows(run.run_id, "usage"):
            usage[row["function"]] = add_up(usage.get(row["function"], {}), row["usage"])
        deaths = sum(1 for _ in self.ledger.rows(run.run_id, "failure"))
        usage[FUNCTION] = add_up(usage.get(FUNCTION, {}), used_here())
        return Activity(usage, deaths, waits)

    def _stored(self, run: Run, published: Mapping[str, int]) -> tuple[dict[str, Stored], Usage]:
        """Return what the reporter made of the run's messages, by service, and what it used."""
        stored = {service: Stored(published=count) for service, count in published.items()}
        used: Usage = {}
        for row in self.ledger.rows(run.run_id, "stored"):
            if row["service"] in stored:
                stored[row["service"]].add(row)
                used = add_up(used, row.get("usage", {}))
            else:
                logger.warning("Messages of a service that the run leaves out", extra={"row": row})
        return stored, used

    def _summarise(
        self,
        run: Run,
        stored: Mapping[str, Stored],
        finished_at: datetime,
        activity: Callable[[], Activity],
    ) -> dict[str, Any]:
        bucket, key = self.settings.results_bucket, f"runs/{run.run_id}/summary.json"
        gathering = Gathering()
        with (
            SpooledTemporaryFile(KEPT_IN_MEMORY) as file,
            SpooledTemporaryFile(KEPT_IN_MEMORY) as lake_file,
        ):
            scopes = into_lake(self.ledger.rows(run.run_id, "scope"), lake_file)
            summary = summarise(
                run,
                gathering.watch(_written(scopes, file)),
                self.ledger.rows(run.run_id, "collection"),
                stored,
                finished_at,
            )
            summary["cost"] = estimate(run, summary, activity(), self.prices)
            file.write(json.dumps(summary, indent=1).removeprefix("{").encode())
            file.seek(0)
            lake_file.seek(0)
            lake_key = scopes_key(run.run_id)
            self._call(self.s3.put_object, Bucket=bucket, Key=lake_key, Body=lake_file)
            self._call(
                self.s3.put_object,
                Bucket=bucket,
                Key=key,
                Body=file,
                ContentType="application/json",
            )
        report = self.reports.write(run, summary, gathering)
        output = brief(summary, bucket, key) | {"report": report}
        self.ledger.close_run(run.run_id, output)
        logger.info("The run has ended", extra={"summary": output})
        measure_run(summary, self.ledger)
        return output | {"notification": self.notifications.send(output)}

    def _call(self, operation: Any, **arguments: Any) -> Any:
        with storage(self.settings.results_bucket):
            return operation(**arguments)


def _written(rows: Iterable[Row], file: IO[bytes]) -> Iterator[Row]:
    """Hand rows on, each of them written into `file` as the first field of a JSON object."""
    separator = '{"scopes": [\n'
    for row in rows:
        file.write(f"{separator}{json.dumps(public(row))}".encode())
        separator = ",\n"
        yield row
    file.write(("" if separator == ",\n" else separator).encode() + b"\n],")


def _wait(settlement: Mapping[str, Any]) -> dict[str, Any]:
    attempt = settlement["attempt"]
    return {
        "status": SETTLING,
        "settlement": {
            **settlement,
            "attempt": attempt + 1,
            "waitSeconds": min(2**attempt, LONGEST_WAIT_SECONDS),
        },
    }
