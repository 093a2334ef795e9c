"""Twenty accounts with 500 resources each: complete, and no handler's memory grows with them."""

from collections.abc import Callable

import pytest

from local.simulation.population import REGIONS, Organisation
from tests.support.world import world

ACCOUNTS, RESOURCES = 20, 500
MEMORY_LIMIT_MEGABYTES = 256
LONGEST_SECONDS = 900

pytestmark = pytest.mark.slow


def test_ten_thousand_resources_are_complete_and_memory_stays_flat(
    record_property: Callable[[str, object], None],
) -> None:
    planted = Organisation(ACCOUNTS, RESOURCES, REGIONS[:4], seed=71)
    with world(planted, environments=2, time_scale=5) as here:
        taken = here.take_inventory(timeout=LONGEST_SECONDS)
        report = here.compare()
        peaks = here.aws.function_peaks()

    assert list(report.lines()) == []
    assert report.resources > ACCOUNTS * RESOURCES
    totals = taken.totals
    assert totals["items"] == totals["published"] == totals["stored"] == report.resources
    assert (totals["failed"], totals["duplicate"], totals["difference"]) == (0, 0, 0)
    assert taken.summary["failures"] == {
        "ROLE_DENIED": 4,
        "SCP_DENIED": 4,
        "ACCOUNT_SUSPENDED": 4,
    }
    record_property("resources", report.resources)
    record_property("fields compared", report.fields)
    record_property("seconds of the run", round(taken.execution.seconds, 1))
    for function, megabytes in peaks.items():
        record_property(f"{function}, peak memory in MB", round(megabytes))
    assert max(peaks.values()) < MEMORY_LIMIT_MEGABYTES
