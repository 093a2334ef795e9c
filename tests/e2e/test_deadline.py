"""A run ends at its deadline, whatever an account keeps its collectors busy with."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from local.gateway.call import Answer, Call
from local.simulation.population import REGIONS, Organisation
from tests.support.world import Taken, World, world

pytestmark = pytest.mark.faults

EAST, WEST = REGIONS[:2]
ENDLESS, WAITING = "234567890123", "345678901234"
WANTED = {"accounts": [ENDLESS, WAITING], "services": ["kms"]}
SECONDS = 12
"""Enough for one account to be entered and read, on a machine that is busy."""

HAND_OVER_AT_ONCE = {"CONTINUE_MARGIN_SECONDS": str(24 * 3600)}


@pytest.fixture(scope="module")
def here() -> Iterator[World]:
    with world(Organisation(2, 24, (EAST, WEST), seed=43), time_scale=10) as made:
        made.take_inventory(WANTED)
        made.planted.mutate(1)
        yield made


@pytest.fixture(scope="module")
def late(here: World) -> Taken:
    """Return a run whose first account has a listing without an end, and which has a deadline."""
    one_by_one = {"COLLECT_TIMEOUT_SECONDS": str(SECONDS), "ACCOUNT_CONCURRENCY": "1"}
    with (
        here.aws.faults.add(
            endless_pages(here), operation="ListKeys", account=ENDLESS, region=WEST
        ) as pages,
        here.configured("InitializerFunction", one_by_one),
        here.configured("KmsCollectorFunction", HAND_OVER_AT_ONCE),
    ):
        taken = here.take_inventory(WANTED)
    assert pages.hits > 3
    return taken


def endless_pages(here: World) -> Any:
    """Answer ListKeys with the same first key on each page, and always with another token."""
    [first, *_] = here.aws.client("kms", ENDLESS, WEST).list_keys()["Keys"]
    tokens = count()

    def strike(call: Call, _: Any) -> Answer:
        return call.result({"Keys": [first], "Truncated": True, "NextMarker": str(next(tokens))})

    return strike


def test_the_run_ends_soon_after_its_deadline_and_sums_up(here: World, late: Taken) -> None:
    assert late.summary["status"] == "PARTIAL"
    assert SECONDS <= late.summary["seconds"] < SECONDS + 60
    assert f"runs/{late.run_id}/report.html" in here.keys(f"runs/{late.run_id}/")
    [scopes] = [key for key in here.keys("lake/scopes/") if late.run_id in key]
    assert scopes.endswith(".jsonl.gz")


def test_what_was_begun_is_partial_and_what_was_not_has_failed_and_both_say_why(
    here: World, late: Taken
) -> None:
    assert here.outcomes(late.run_id) == {
        ("kms", ENDLESS, EAST): ("COMPLETE", None),
        ("kms", ENDLESS, WEST): ("PARTIAL", "TIMEOUT"),
        ("kms", WAITING, EAST): ("FAILED", "TIMEOUT"),
        ("kms", WAITING, WEST): ("FAILED", "TIMEOUT"),
    }
    deadline = here.run_row(late.run_id)["deadline"]
    for row in here.scopes(late.run_id).values():
        if row["outcome"] != "COMPLETE":
            assert row["errorCode"] == "RunDeadlineError"
            assert f"its deadline, {deadline}," in row["errorMessage"]
    assert here.ledger(late.run_id, "failure") == {}


def test_nothing_is_deleted_where_the_deadline_was_met(here: World, late: Taken) -> None:
    deleted = {
        item["scope"]
        for item in here.inventory().values()
        if (item["runId"], item["change"]) == (late.run_id, "DELETED")
    }
    assert deleted <= {f"{ENDLESS}/kms/{EAST}"}


def test_the_next_run_makes_good_what_the_deadline_cut_off(here: World, late: Taken) -> None:
    taken = here.take_inventory(WANTED)
    assert taken.summary["status"] == "COMPLETE"
    assert taken.run_id > late.run_id
    assert [*here.compare_services(WANTED).lines()] == []
