"""Ending a run: settle its ledger, wait until what was published is stored, summarise."""

import json
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any

from cidb2.journal import Journal
from cidb2.ledger import Ledger
from cidb2.observability import logger
from cidb2.run import Run
from cidb2.settings import ResultsSettings
from cidb2.storage import storage
from cidb2.table import Table
from cidb2.times import iso, now, parse
from functions.results_processor.measures import measure_run
from functions.results_processor.settle import Collector, settle
from functions.results_processor.summary import Row, Stored, brief, public, summarise

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

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

    def process(self, run: Run, settlement: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the brief summary, or, while messages are still on their way, SETTLING.

        `settlement` is what the last SETTLING answer handed over; None at the first call.
        """
        if settlement is None:
            unsure = settle(run, self._accounts(run), self.ledger)
            published = self._published(run, unsure)
            settlement = {"attempt": 0, "since": iso(now()), "published": published}
        stored = self._stored(run, settlement["published"])
        if any(each.difference > 0 for each in stored.values()):
            waited = (now() - parse(settlement["since"])).total_seconds()
            if waited < self.settings.settle_timeout_seconds:
                return _wait(settlement)
        return self._summarise(run, stored, now())

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

    def _stored(self, run: Run, published: Mapping[str, int]) -> dict[str, Stored]:
        stored = {service: Stored(published=count) for service, count in published.items()}
        for row in self.ledger.rows(run.run_id, "stored"):
            if row["service"] in stored:
                stored[row["service"]].add(row)
            else:
                logger.warning("Messages of a service that the run leaves out", extra={"row": row})
        return stored

    def _summarise(
        self, run: Run, stored: Mapping[str, Stored], finished_at: datetime
    ) -> dict[str, Any]:
        bucket, key = self.settings.results_bucket, f"runs/{run.run_id}/summary.json"
        with SpooledTemporaryFile(KEPT_IN_MEMORY) as file:
            summary = summarise(
                run,
                _written(self.ledger.rows(run.run_id, "scope"), file),
                self.ledger.rows(run.run_id, "collection"),
                stored,
                finished_at,
            )
            file.write(json.dumps(summary, indent=1).removeprefix("{").encode())
            file.seek(0)
            self._call(
                self.s3.put_object,
                Bucket=bucket,
                Key=key,
                Body=file,
                ContentType="application/json",
            )
        output = brief(summary, bucket, key)
        self.ledger.close_run(run.run_id, output)
        logger.info("The run has ended", extra={"summary": output})
        measure_run(summary, self.ledger)
        return output

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
