"""What must be in the environment before the first import of what is tested, and the tiers."""

import gc
import os
from pathlib import Path

import pytest

from local.execution_environment import botocore_memo

os.environ |= {
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",  # 30 s of start-up for images that nobody describes
    "POWERTOOLS_METRICS_NAMESPACE": "CIDB2",
    "POWERTOOLS_TRACE_DISABLED": "true",
    "STACK_NAME": "cidb2-test",
}

gc.set_threshold(50_000, 20, 20)  # botocore's models are millions of objects that all stay

for owner, name, replacement in botocore_memo.replacements():
    setattr(owner, name, replacement)  # thousands of tests have sessions of their own

HERE = Path(__file__).parent
MARKERS = {"conformance": "e2e", "e2e": "e2e", "faults": "faults", "permissions": "e2e"}
"""The markers of the folders whose tests stand on an AWS of their own."""

SHARED_BY_ALL = {"browser", "conformance", "faults", "permissions"}
"""The folders that have one AWS or one browser; in the others each module has its own."""


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
