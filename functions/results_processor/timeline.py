"""The timeline of a run: when its collectors worked, and what took longest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from typing import Any

from cidb2.run import Run
from cidb2.times import parse
from functions.results_processor.charts import steps
from functions.results_processor.gathering import Cell

Row = Mapping[str, Any]

LANE_WIDTH, LANE_HEIGHT, LANE_PARTS = 880, 34, 176
SLOWEST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Timeline:
    """The times of a run that took so many `seconds`."""

    run: Run
    seconds: float

    def lanes(
        self, collectors: Iterable[str], accounts: Iterable[Sequence[Cell | None]]
    ) -> list[Row]:
        """Return a lane for each collector, from the cells of each account in their order."""
        spans: dict[str, list[tuple[float, float]]] = {name: [] for name in collectors}
        for cells in accounts:
            for collector, cell in zip(spans, cells, strict=True):
                if cell and cell.started_at:
                    spans[collector].append(self._span(cell))
        return [
            {
                "collector": collector,
                "steps": steps(of_one, self.seconds, LANE_WIDTH, LANE_HEIGHT, LANE_PARTS),
            }
            for collector, of_one in spans.items()
        ]

    def slowest(self, cells: Mapping[tuple[str, str], Cell]) -> list[Row]:
        """Return the services of accounts that took longest, with their times."""
        worked = [
            (end - begin, begin, account_id, service, cell)
            for (account_id, service), cell in cells.items()
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
