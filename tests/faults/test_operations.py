"""The record of what the system calls is what the system calls."""

import os
from typing import TYPE_CHECKING

import pytest

from tests.faults.ground import Ground
from tests.faults.injection import SCENARIOS
from tests.faults.operations import Catalogue, Operation, record, recorded
from tests.support.world import PLANTED_SERVICES

if TYPE_CHECKING:
    from local.gateway.call import Call

LATER = ("kms", "s3")
"""What is collected in all scenarios but the first: their premises are about these."""


@pytest.mark.slow
def test_the_matrix_covers_every_operation_that_the_system_calls(land: Ground) -> None:
    catalogue = Catalogue(land.here.aws.stack)
    found: dict[Operation, str] = {}
    for number, (name, scenario) in enumerate(SCENARIOS.items()):
        land.services = LATER if number else PLANTED_SERVICES
        calls: list[Call] = []
        land.beat()
        with scenario.premise(land), land.here.watching(calls.append):
            land.run(scenario.wanted(land))
        for operation in filter(None, {catalogue.operation(call) for call in calls}):
            found.setdefault(operation, name)
        land.heal()
    if "CIDB2_RECORD" in os.environ:
        order = [*SCENARIOS]
        pairs = [(scenario, operation) for operation, scenario in found.items()]
        record(sorted(pairs, key=lambda pair: (order.index(pair[0]), pair[1])))
    assert found == recorded(), "run it with CIDB2_RECORD=1 and look at the difference"
