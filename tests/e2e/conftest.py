"""The end-to-end tests: the real template, state machine and handlers on the embedded AWS.

Each module has an embedded AWS of its own, which its tests share; so a module stays on one worker.
"""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, and keep those of one module together."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that tests recorded."""
    figures = {
        name: value
        for report in terminalreporter.getreports("passed")
        if report.nodeid.startswith("tests/e2e/")
        for name, value in report.user_properties
    }
    if figures:
        terminalreporter.section("figures")
    for name, value in figures.items():
        terminalreporter.write_line(f"{name}: {value:,}")
