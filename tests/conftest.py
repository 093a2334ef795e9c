"""What must be in the environment before the first import of what is tested, and the tiers."""

import os
import sys
import threading
from collections.abc import Generator
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


def folder_of(item: pytest.Item) -> str:
    """Return the folder of `tests/` that a test is in."""
    return item.path.relative_to(HERE).parts[0]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their folder, and keep those on one worker that share what is made once."""
    for item in items:
        folder = folder_of(item)
        if folder in MARKERS:
            item.add_marker(MARKERS[folder])
        if not item.get_closest_marker("xdist_group"):
            if folder in SHARED_BY_ALL:
                item.add_marker(pytest.mark.xdist_group(folder))
            elif shares_with_its_module(item):
                item.add_marker(pytest.mark.xdist_group(f"{folder}/{item.path.stem}"))


def shares_with_its_module(item: pytest.Item) -> bool:
    """Whether a test uses a fixture of its module, which each worker would make for itself."""
    assert isinstance(item, pytest.Function)
    fixtures = item._fixtureinfo.name2fixturedefs.values()
    return any(definition.scope == "module" for chain in fixtures for definition in chain)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure no coverage in this process while it is an embedded AWS, whose work that doubles.

    What is tested runs in processes of its own, which are measured all the same.
    """
    if folder_of(item) not in MARKERS:
        return (yield)
    measuring, measuring_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        threading.settrace(measuring_threads)
        sys.settrace(measuring)
