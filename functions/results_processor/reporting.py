"""Writes a run's report to the bucket."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any

from cidb2.items.accounts import AccountFacts, organization_accounts
from cidb2.items.inventory import Inventory
from cidb2.ledger.writer import Ledger
from cidb2.observability import logger
from cidb2.run import Run
from functions.results_processor.accounts import ListedAccounts
from functions.results_processor.best_effort import best_effort
from functions.results_processor.console import Console
from functions.results_processor.gathering import Gathering
from functions.results_processor.report import CHANGES_NAMED, Report
from functions.results_processor.trend import RUNS_SHOWN

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Row = Mapping[str, Any]

KEPT_IN_MEMORY = 8_000_000
"""Bytes of a page; a larger one is built on the function's disk."""

OF_A_RUN = (
    *("runId", "status", "startedAt", "accounts", "seconds", "totals", "failures", "cost", "types"),
)
"""Fields of earlier runs that the report shows, or that decide whether it shows them."""

RUNS_LOOKED_AT = 10 * RUNS_SHOWN
"""Recent runs among which those of the same types are: others may be more frequent."""


@dataclass(frozen=True, slots=True)
class Reports:
    """Writes the reports of runs as `runs/<run id>/report.html` in the results bucket."""

    ledger: Ledger
    inventory: Inventory
    s3: "S3Client"
    bucket: str
    console: Console

    @best_effort("The report could not be written")
    def write(
        self, run: Run, summary: Row, gathering: Gathering, accounts: ListedAccounts
    ) -> dict[str, str]:
        """Write the report of an ended run; return its bucket, key and console URL.

        Returns None if that fails; the inventory is otherwise unaffected.
        """
        key = f"runs/{run.run_id}/report.html"
        organization = self._organization() or {}
        names = {account_id: account.name for account_id, account in organization.items()}
        names |= {account_id: name for account_id, name in accounts.names.items() if name}
        names |= gathering.names
        report = Report(run, summary, names, gathering, self._earlier(run), organization)
        changed = [(group.account_id, group.service) for group in report.most_changed()]
        changes = [*self.inventory.changes_of(run.run_id, changed, most=CHANGES_NAMED)]
        with SpooledTemporaryFile(KEPT_IN_MEMORY) as file:
            report.write(changes, file)
            file.seek(0)
            self.s3.put_object(
                Bucket=self.bucket,
                Key=key,
                Body=file,
                ContentType="text/html; charset=utf-8",
            )
        return {
            "bucket": self.bucket,
            "key": key,
            "url": self.console.object_url(self.bucket, key),
        }

    @best_effort("The accounts of the organisation could not be read")
    def _organization(self) -> Mapping[str, AccountFacts]:
        """Return the accounts of the organisation by id; without them, the report lacks units."""
        return organization_accounts(
            self.inventory,
            lambda arn, refusal: logger.warning(
                "An account or unit cannot be used", extra={"arn": arn, "problem": str(refusal)}
            ),
        )

    def _earlier(self, run: Run) -> Sequence[Row]:
        """Return the runs of the same types before this one, oldest first."""
        recent = self.ledger.recent_runs(RUNS_LOOKED_AT, OF_A_RUN)
        alike = [
            row
            for row in recent
            if row["runId"] < run.run_id and {*row.get("types", ())} == {*run.types}
        ]
        return alike[: RUNS_SHOWN - 1][::-1]
