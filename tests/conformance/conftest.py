"""One MiniStack with the built stack deployed, for all that is asked of it."""

from collections.abc import Iterator

import pytest

from tests.conformance.deployment import Deployment
from tests.conformance.emulator import HUB, emulator
from tests.conformance.planting import MEMBERS, plant
from tests.conformance.trimming import trimmed
from tests.support.sam import host_layer_settings, sam_build


@pytest.fixture(scope="package")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Deploy the hub's stack and a role in each account, and plant a few resources in each."""
    folder = tmp_path_factory.mktemp("ministack")
    template = trimmed(sam_build(folder, **host_layer_settings()))
    with emulator(folder) as aws:
        deployment = Deployment(aws)
        deployment.deploy(template)
        for account in (HUB, *MEMBERS):
            deployment.join(account)
            plant(aws, account)
        yield deployment
