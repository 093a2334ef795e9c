"""The report of a run: one self-contained HTML page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from heapq import nlargest
from typing import IO, Any

from cidb2.items.accounts import AccountFacts
from cidb2.items.findings.catalog import RULES
from cidb2.items.standing import Organization
from cidb2.ledger.runbook import ADVICE
from cidb2.reasons import Reason
from cidb2.run import Run
from cidb2.services import ORGANIZATION, TITLES, by_collector
from functions.results_processor.charts import coverage_map
from functions.results_processor.effects import told
from functions.results_processor.gathering import CHANGES, Cell, Gathering
from functions.results_processor.summary import asked
from functions.results_processor.timeline import LANE_WIDTH, Timeline
from functions.results_processor.trend import panels

Row = Mapping[str, Any]

MAP_FROM = 25
"""Accounts from which the table has a map above it."""
GROUPS_NAMED = 10
SERVICES_NAMED = 12
CHANGES_NAMED = 50
"""Maximum changes that are named for a service of an account."""
PARTS_AT_ONCE = 200
"""Pieces of the page written at once; the whole page is never in memory."""

_RANK = {"failed": 0, "partial": 1, "suspended": 2, "complete": 3}
_ORDER = ("DELETED", "CHANGED", "CREATED")


@dataclass(frozen=True, slots=True)
class Account:
    """A row of the coverage table."""

    account_id: str
    name: str
    cells: list[Cell | None]
    figures: Row
    unit: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

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
    organization: Mapping[str, AccountFacts] = field(default_factory=dict)
    """What the inventory knows of the organisation's accounts, by id."""

    def write(self, changes: Sequence[Row], file: IO[bytes]) -> None:
        """Write the page. `changes` are the run's changes in `most_changed`."""
        from functions.results_processor.page import environment

        page = environment().get_template("report.html")
        timeline = Timeline(self.run, self.summary["seconds"])
        changed = self._changed_services()
        parts = page.stream(
            run=self.run,
            summary=self.summary,
            asked=asked(self.summary),
            services=self.run.services,
            collectors=self.collectors,
            checks=self._checks(),
            accounts=(accounts := self.accounts()),
            whole=sum(account.is_whole for account in accounts),
            map=self._map(accounts),
            groups=self.most_changed(),
            changed_services=changed,
            unnamed_services=len(self.run.services) - len(changed),
            changes=sorted(changes, key=lambda row: (_ORDER.index(row["change"]), row["pk"])),
            gaps=sorted(self.gathering.gaps.items(), key=lambda gap: -gap[1].scopes),
            findings=self._findings(),
            advice=ADVICE,
            effects=told(self.gathering.effects, self._ours),
            trend=panels([*self.earlier, self.summary]),
            earlier=self.earlier,
            lanes=timeline.lanes(self.collectors, (account.cells for account in accounts)),
            lane_width=LANE_WIDTH,
            slowest=timeline.slowest(self.gathering.cells),
            name_of=lambda account_id: self.names.get(account_id, ""),
        )
        parts.enable_buffering(PARTS_AT_ONCE)
        for part in parts:
            file.write(part.encode())

    @cached_property
    def collectors(self) -> Mapping[str, Sequence[str]]:
        """The services of the run by collector: a column for each service would be too many."""
        return by_collector(self.run.services)

    def accounts(self) -> list[Account]:
        """Return the accounts, least complete first."""
        accounts = [
            Account(
                account_id,
                self.names.get(account_id, ""),
                [self._cell(account_id, services) for services in self.collectors.values()],
                figures,
                *self._place(account_id),
            )
            for account_id, figures in self.summary["byAccount"].items()
        ]
        return sorted(accounts, key=lambda account: (account.rank, account.share))

    @property
    def _ours(self) -> Organization:
        """The organisation, by which strangers are told, if this run listed it completely."""
        listings = [
            cell for (_, service), cell in self.gathering.cells.items() if service == ORGANIZATION
        ]
        is_listed = bool(listings) and all(cell.complete == cell.scopes for cell in listings)
        return Organization.of(self.organization, is_listed=is_listed)

    def _place(self, account_id: str) -> tuple[str, Mapping[str, str]]:
        """Return the unit and the tags of an account, empty where they are unknown."""
        known = self.organization.get(account_id)
        return (known.unit, known.tags or {}) if known else ("", {})

    def _cell(self, account_id: str, services: Sequence[str]) -> Cell | None:
        cells = {
            TITLES[service]: cell
            for service in services
            if (cell := self.gathering.cells.get((account_id, service)))
        }
        return Cell.merged(cells) if cells else None

    def most_changed(self) -> list[Group]:
        """Return the services of accounts with the most changes."""
        changed = (
            Group(account_id, service, cell)
            for (account_id, service), cell in self.gathering.cells.items()
            if cell.changes
        )
        return nlargest(GROUPS_NAMED, changed, key=lambda group: group.cell.changes)

    def _changed_services(self) -> list[tuple[str, Row]]:
        """Return the services with the most changes, with the figures of each."""
        services = self.summary["services"]
        changed = {
            name: {**services[name], "changes": sum(services[name][kind] for kind in CHANGES)}
            for name in self.run.services
        }
        most = nlargest(SERVICES_NAMED, changed.items(), key=lambda each: each[1]["changes"])
        return [each for each in most if each[1]["changes"]]

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
                "title": rule.title,
                "advice": rule.advice,
                "page": rule.page,
                "noticed": self.gathering.findings[rule.finding],
            }
            for rule in RULES
        ]


def _check(count: int, good: str, subject: str, bad: str) -> Row:
    """Return the text for no problem, or for `count` problems; `subject` is singular|plural."""
    one, many = subject.split("|")
    text = f"{count:,} {one if count == 1 else many} {bad}"
    return {"is_good": count == 0, "text": text if count else good}
