"""The report of a run: one self-contained HTML page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from typing import IO, Any

from cidb2.items.findings import Finding
from cidb2.ledger.runbook import ADVICE, MEANING, REMEDY
from cidb2.reasons import Reason
from cidb2.run import Run
from cidb2.times import parse
from functions.results_processor.charts import Steps, coverage_map, steps
from functions.results_processor.gathering import Cell, Gathering
from functions.results_processor.summary import asked
from functions.results_processor.trend import panels

Row = Mapping[str, Any]

MAP_FROM = 25
"""Accounts from which the table has a map above it."""
GROUPS_NAMED = 10
CHANGES_NAMED = 50
"""Maximum changes that are named for a service of an account."""
SLOWEST_NAMED = 10
PARTS_AT_ONCE = 200
"""Pieces of the page written at once; the whole page is never in memory."""

LANE_WIDTH, LANE_HEIGHT, LANE_PARTS = 880, 34, 176

_RANK = {"failed": 0, "partial": 1, "suspended": 2, "complete": 3}
_ORDER = ("DELETED", "CHANGED", "CREATED")


@dataclass(frozen=True, slots=True)
class Account:
    """A row of the coverage table."""

    account_id: str
    name: str
    cells: list[Cell | None]
    figures: Row

    @property
    def rank(self) -> int:
        return min((_RANK[cell.state] for cell in self.cells if cell), default=0)

    @property
    def share(self) -> float:
        """Return the share of the account's scopes that are complete."""
        asked = [cell for cell in self.cells if cell]
        complete = sum(cell.complete for cell in asked)
        return complete / (sum(cell.scopes for cell in asked) or 1)

    @property
    def is_whole(self) -> bool:
        return self.rank == _RANK["complete"]

    @property
    def reasons(self) -> list[str]:
        return sorted({reason for cell in self.cells if cell for reason in cell.reasons})

    @property
    def findings(self) -> int:
        return sum(each["count"] for each in self.figures["findings"].values())


@dataclass(frozen=True, slots=True)
class Group:
    """A service of an account with many changes, and those that are named."""

    account_id: str
    service: str
    cell: Cell


@dataclass(frozen=True)
class Report:
    """Everything that the page shows of a run."""

    run: Run
    summary: Row
    names: Mapping[str, str]
    gathering: Gathering
    earlier: Sequence[Row]

    def write(self, changes: Sequence[Row], file: IO[bytes]) -> None:
        """Write the page. `changes` are the run's changes in `most_changed`."""
        from functions.results_processor.page import environment

        page = environment().get_template("report.html")
        parts = page.stream(
            run=self.run,
            summary=self.summary,
            asked=asked(self.summary),
            services=self.run.services,
            checks=self._checks(),
            accounts=(accounts := self.accounts()),
            whole=sum(account.is_whole for account in accounts),
            map=self._map(accounts),
            groups=self.most_changed(),
            changes=sorted(changes, key=lambda row: (_ORDER.index(row["change"]), row["pk"])),
            gaps=sorted(self.gathering.gaps.items(), key=lambda gap: -gap[1].scopes),
            findings=self._findings(),
            advice=ADVICE,
            trend=panels([*self.earlier, self.summary]),
            earlier=self.earlier,
            lanes=self._lanes(),
            lane_width=LANE_WIDTH,
            slowest=self._slowest(),
            name_of=lambda account_id: self.names.get(account_id, ""),
        )
        parts.enable_buffering(PARTS_AT_ONCE)
        for part in parts:
            file.write(part.encode())

    def accounts(self) -> list[Account]:
        """Return the accounts, least complete first."""
        cells, services = self.gathering.cells, self.run.services
        accounts = [
            Account(
                account_id,
                self.names.get(account_id, ""),
                [cells.get((account_id, service)) for service in services],
                figures,
            )
            for account_id, figures in self.summary["byAccount"].items()
        ]
        return sorted(accounts, key=lambda account: (account.rank, account.share))

    def most_changed(self) -> list[Group]:
        """Return the services of accounts with the most changes."""
        changed = (
            Group(account_id, service, cell)
            for (account_id, service), cell in self.gathering.cells.items()
            if cell.changes
        )
        return nlargest(GROUPS_NAMED, changed, key=lambda group: group.cell.changes)

    def _map(self, accounts: Sequence[Account]) -> Any:
        if len(accounts) < MAP_FROM:
            return None
        return coverage_map(
            [[cell.state if cell else "none" for cell in account.cells] for account in accounts]
        )

    def _checks(self) -> list[Row]:
        totals, failures = self.summary["totals"], self.summary["failures"]
        missing = sum(failures.values()) - failures.get(Reason.ACCOUNT_SUSPENDED, 0)
        lost = sum(abs(each["difference"]) for each in self.summary["services"].values())
        checks = [
            _check(missing, "Every scope is complete", "scope is|scopes are", "incomplete"),
            _check(
                lost,
                "Every published message is stored",
                "message is|messages are",
                "unaccounted for",
            ),
            _check(
                totals["deadLettered"],
                "No message was dead-lettered",
                "message was|messages were",
                "dead-lettered",
            ),
            _check(
                failures.get(Reason.SUSPECT_MASS_DELETION, 0),
                "No mass deletion was blocked",
                "mass deletion was|mass deletions were",
                "blocked",
            ),
            _check(
                totals["unreadable"],
                "Every field was readable",
                "field was|fields were",
                "unreadable",
            ),
        ]
        return checks if totals["items"] else checks[:1]

    def _findings(self) -> list[Row]:
        return [
            {
                "name": finding,
                "meaning": MEANING[finding],
                "remedy": REMEDY[finding],
                "noticed": self.gathering.findings[finding],
            }
            for finding in Finding
        ]

    def _lanes(self) -> list[Row]:
        return [
            {"service": service, "steps": self._steps(service)} for service in self.run.services
        ]

    def _steps(self, service: str) -> Steps:
        spans = [
            self._span(cell)
            for (_, of), cell in self.gathering.cells.items()
            if of == service and cell.started_at
        ]
        return steps(spans, self.summary["seconds"], LANE_WIDTH, LANE_HEIGHT, LANE_PARTS)

    def _slowest(self) -> list[Row]:
        worked = [
            (end - begin, begin, account_id, service, cell)
            for (account_id, service), cell in self.gathering.cells.items()
            if cell.started_at
            for begin, end in [self._span(cell)]
        ]
        return [
            {"account": account_id, "service": service, "begin": begin, "took": took, "cell": cell}
            for took, begin, account_id, service, cell in nlargest(
                SLOWEST_NAMED, worked, key=lambda one: one[0]
            )
        ]

    def _span(self, cell: Cell) -> tuple[float, float]:
        """Return when a service of an account was collected, in seconds since the run's start."""
        start = parse(self.run.started_at)
        begin, end = (
            max((parse(text) - start).total_seconds(), 0)
            for text in (cell.started_at, cell.finished_at)
        )
        return begin, end


def _check(count: int, good: str, subject: str, bad: str) -> Row:
    """Return the text for no problem, or for `count` problems; `subject` is singular|plural."""
    one, many = subject.split("|")
    text = f"{count:,} {one if count == 1 else many} {bad}"
    return {"is_good": count == 0, "text": text if count else good}
