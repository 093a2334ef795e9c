"""The end-to-end tests: the real template, state machine and handlers on the embedded AWS.

Each module has an embedded AWS of its own, which its tests share; so a module stays on one worker.
"""

import pytest


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
