"""The end-to-end tests: the real template, state machine and handlers on the embedded AWS.

Each module has an embedded AWS of its own, which its tests share; so a module stays on one worker.
"""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, keep those of one module together, leave slow ones out.

    `-m slow` runs the slow ones.
    """
    own = [item for item in items if item.path.is_relative_to(HERE)]
    for item in own:
        item.add_marker(pytest.mark.e2e)
        item.add_marker(pytest.mark.xdist_group(item.path.stem))
    if not config.getoption("markexpr"):
        slow = [item for item in own if item.get_closest_marker("slow")]
        items[:] = [item for item in items if item not in slow]
        config.hook.pytest_deselected(items=slow)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that tests recorded."""
    figures = {
        name: value
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
    }
    if figures:
        terminalreporter.section("figures")
    for name, value in figures.items():
        terminalreporter.write_line(f"{name}: {value:,}")
