"""The fault suites. They share one embedded AWS; the slow part of the matrix has two more."""

from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.faults.ground import Ground, ground
from tests.faults.hostile import KINDS
from tests.faults.injection import FAULTS, SCP
from tests.support.world import PLANTED_SERVICES


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the matrix: for each operation and fault how many cases held."""
    cells: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    totals = {"false deletions": 0, "silent gaps": 0}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            told = dict(report.user_properties)
            if report.when == "call" and "operations" in told:
                for operation in told["operations"]:
                    cells[operation, told["fault"]].append(outcome)
                for name in totals:
                    totals[name] += told[name]
    if not cells:
        return
    met = {fault for _, fault in cells}
    columns = [fault for fault in (*FAULTS, SCP, *KINDS) if fault in met]
    terminalreporter.section("fault matrix: cases that held / cases run")
    terminalreporter.line(f"| operation | {' | '.join(columns)} |")
    terminalreporter.line(f"|---|{'---|' * len(columns)}")
    for operation in sorted({operation for operation, _ in cells}):
        row = [_cell(cells.get((operation, fault), [])) for fault in columns]
        terminalreporter.line(f"| {operation} | {' | '.join(row)} |")
    figures = {
        "operations": len({operation for operation, _ in cells}),
        "cases run": sum(map(len, cells.values())),
        **totals,
    }
    terminalreporter.line(", ".join(f"{name}: {figure}" for name, figure in figures.items()))


def _cell(outcomes: list[str]) -> str:
    return f"{outcomes.count('passed')}/{len(outcomes)}" if outcomes else "–"


@pytest.fixture(scope="package")
def land() -> Iterator[Ground]:
    """An organisation whose first inventory is complete."""
    with ground() as made:
        yield made


@pytest.fixture
def services() -> tuple[str, ...]:
    """The services that a test collects."""
    return PLANTED_SERVICES


@pytest.fixture
def ready(land: Ground, services: tuple[str, ...]) -> Iterator[Ground]:
    """The same with something to create, change and delete, and no fault left behind after."""
    land.services = services
    land.beat()
    yield land
    land.here.aws.faults.clear()
    if not land.is_settled:  # the test failed; the next one must not
        land.heal()
    land.services = PLANTED_SERVICES
