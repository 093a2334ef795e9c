"""What is built once, and one MiniStack with it deployed, for all that is asked of it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.deployment import Deployment
from tests.conformance.emulator import HUB, emulator
from tests.conformance.planting import MEMBERS, plant
from tests.conformance.trimming import trimmed
from tests.support.sam import host_build


@pytest.fixture(scope="package")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the template of what `sam build` makes."""
    whole = host_build(tmp_path_factory)
    return trimmed(shutil.copytree(whole, whole.with_name("trimmed")))  # its paths are relative


@pytest.fixture(scope="package")
def deployment(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Deploy the hub's stack and a role in each account, and plant a few resources in each."""
    with emulator(tmp_path_factory.mktemp("ministack")) as aws:
        deployment = Deployment(aws)
        deployment.deploy(built)
        for account in (HUB, *MEMBERS):
            deployment.join(account)
            plant(aws, account)
        yield deployment
