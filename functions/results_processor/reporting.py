"""Writing a run's report into the bucket; a run stands without it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any

from cidb2.inventory import Inventory
from cidb2.ledger import Ledger
from cidb2.observability import logger
from cidb2.run import Run
from functions.results_processor.gathering import Gathering
from functions.results_processor.report import CHANGES_NAMED, Report
from functions.results_processor.trend import RUNS_SHOWN

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Row = Mapping[str, Any]

KEPT_IN_MEMORY = 8_000_000
"""Bytes of a page; a larger one is built on the function's disk."""

OF_A_RUN = ("runId", "status", "startedAt", "accounts", "seconds", "totals", "failures", "cost")
"""What the report shows of earlier runs."""


@dataclass(frozen=True, slots=True)
class Reports:
    """The pages of runs, as `runs/<run id>/report.html` in the results bucket."""

    ledger: Ledger
    inventory: Inventory
    s3: "S3Client"
    bucket: str

    def write(self, run: Run, summary: Row, gathering: Gathering) -> dict[str, str] | None:
        """Write the page of a run that has ended and return its bucket and key.

        None where that fails, for whatever reason: the inventory is as good without it.
        """
        place = {"bucket": self.bucket, "key": f"runs/{run.run_id}/report.html"}
        try:
            self._write(run, summary, gathering, place)
        except Exception:  # noqa: BLE001 - the boundary of the report; logged, and told in the output
            logger.exception("The report could not be written", extra={"place": place})
            return None
        return place

    def _write(
        self, run: Run, summary: Row, gathering: Gathering, place: Mapping[str, str]
    ) -> None:
        report = Report(run, summary, self._names(run), gathering, self._earlier(run))
        changed = [(group.account_id, group.service) for group in report.most_changed()]
        changes = [*self.inventory.changes_of(run.run_id, changed, most=CHANGES_NAMED)]
        with SpooledTemporaryFile(KEPT_IN_MEMORY) as file:
            report.write(changes, file)
            file.seek(0)
            self.s3.put_object(
                Bucket=place["bucket"],
                Key=place["key"],
                Body=file,
                ContentType="text/html; charset=utf-8",
            )

    def _names(self, run: Run) -> dict[str, str]:
        """Return the names of the accounts that were collected; the input may bring ids alone."""
        listed = self.s3.get_object(Bucket=run.accounts.bucket, Key=run.accounts.key)
        accounts = json.loads(listed["Body"].read())
        return {account["accountId"]: account.get("name", "") for account in accounts}

    def _earlier(self, run: Run) -> list[Row]:
        """Return the runs before this one, the oldest first."""
        recent = self.ledger.recent_runs(RUNS_SHOWN, OF_A_RUN)
        return [row for row in reversed(recent) if row["runId"] < run.run_id]
