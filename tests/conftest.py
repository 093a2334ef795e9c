"""What must be in the environment before the first import of what is tested, and the tiers."""

import os
from pathlib import Path

import pytest

os.environ |= {
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",  # 30 s of start-up for images that nobody describes
    "POWERTOOLS_METRICS_NAMESPACE": "CIDB2",
    "POWERTOOLS_TRACE_DISABLED": "true",
    "STACK_NAME": "cidb2-test",
}

HERE = Path(__file__).parent
MARKERS = {"e2e": "e2e", "faults": "faults", "permissions": "e2e"}
"""The markers of the folders whose tests stand on an embedded AWS."""

SHARED_BY_ALL = {"permissions"}
"""The folders that have one embedded AWS; in the others each module has its own."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their folder, and keep those on one worker that share an embedded AWS."""
    for item in items:
        folder = item.path.relative_to(HERE).parts[0]
        if folder in MARKERS:
            item.add_marker(MARKERS[folder])
            if not item.get_closest_marker("xdist_group"):
                group = folder if folder in SHARED_BY_ALL else item.path.stem
                item.add_marker(pytest.mark.xdist_group(group))
