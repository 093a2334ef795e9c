"""Compares what a run's collectors published with what the reporter stored."""

from collections.abc import Mapping, Set
from dataclasses import asdict, dataclass, fields

from cidb2.aws.table import Table
from cidb2.aws.usage import Usage, add_up
from cidb2.ledger.writer import Ledger
from cidb2.observability import logger
from cidb2.publishing.journal import Journal
from cidb2.run import Run
from functions.results_processor.settle import Collection
from functions.results_processor.sinks import Row


@dataclass
class Stored:
    """The reporter's results, and the number of published messages."""

    published: int = 0
    stored: int = 0
    superseded: int = 0
    duplicate: int = 0
    deadLettered: int = 0  # noqa: N815 - its name in the ledger and the summary

    @property
    def difference(self) -> int:
        """Published messages that are unaccounted for; negative if more were stored."""
        return self.published - self.stored - self.superseded - self.deadLettered

    @property
    def is_reconciled(self) -> bool:
        return self.difference == 0 and self.deadLettered == 0

    def add(self, figures: Row) -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + figures.get(each.name, 0))

    def to_document(self) -> dict[str, int | bool]:
        counts = {name: count for name, count in asdict(self).items() if name != "published"}
        return counts | {"reconciled": self.is_reconciled, "difference": self.difference}


def count_published(
    run: Run, unsure: Set[Collection], ledger: Ledger, runs_table: Table
) -> dict[str, int]:
    """Return the number of published messages, by service.

    For `unsure` collectors it is in the journal, for all others in the scope rows.
    """
    published = dict.fromkeys(run.services, 0)
    for row in ledger.scopes(run.run_id):
        if (row["service"], row["accountId"]) not in unsure:
            published[row["service"]] += row["published"]
    for service, account_id in unsure:
        journal = Journal(runs_table, account_id, service, run.run_id)
        published[service] += journal.handed_over()
    return published


def read_stored(
    run: Run, published: Mapping[str, int], ledger: Ledger
) -> tuple[dict[str, Stored], Usage]:
    """Return the reporter's results of the run's messages, by service, and its usage."""
    stored = {service: Stored(published=count) for service, count in published.items()}
    used: Usage = {}
    for row in ledger.rows(run.run_id, "stored"):
        if row["service"] in stored:
            stored[row["service"]].add(row)
            used = add_up(used, row.get("usage", {}))
        else:
            logger.warning(
                "Messages of a service that the run does not collect", extra={"row": row}
            )
    return stored, used
