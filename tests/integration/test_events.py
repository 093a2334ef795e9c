"""Every file in `events/` is an event that its function, or the state machine, takes."""

from typing import Any

import pytest

from cidb2.services import COLLECTORS, ORGANIZATION, SERVICES
from tests.support.aws import HUB, MEMBER, OTHER_MEMBER, REGION
from tests.support.events import event_names, load_event
from tests.support.hub import Hub
from tests.support.organization import Organization
from tests.support.world import PLANTED_SERVICES

pytestmark = pytest.mark.integration

EXECUTIONS = [name for name in event_names() if name.startswith("execution-")]
UNIT = "ou-ab12-cd345678"
ACCOUNTS = {
    "execution-default": [HUB, MEMBER, OTHER_MEMBER],
    "execution-accounts": [HUB, MEMBER],
    "execution-organization": [HUB, MEMBER],
    "execution-organizational-units": [MEMBER],
    "execution-narrow": [MEMBER],
    "execution-types": [MEMBER],
}
"""Whom each input of an execution means, in the organisation below."""


@pytest.fixture(autouse=True)
def organization(hub: Hub) -> Organization:
    founded = Organization()
    founded.add_account(MEMBER, founded.add_unit(UNIT))
    founded.add_account(OTHER_MEMBER)
    return founded


def accounts_of(hub: Hub, run: dict[str, Any]) -> list[str]:
    return [each["accountId"] for each in hub.stored_object(run["accounts"]["key"])]


def test_every_event_is_for_a_function_or_for_the_state_machine() -> None:
    functions = {"initializer", "results-processor", "reporter", "collector"}
    assert {*event_names()} == functions | {*EXECUTIONS}


@pytest.mark.parametrize("name", ["collector", "results-processor"])
def test_the_run_of_an_event_says_yes_to_every_service(name: str) -> None:
    run = load_event(name)["run"]
    assert run["services"] == [*SERVICES]
    assert run["collectors"] == dict.fromkeys(COLLECTORS, True)


@pytest.mark.parametrize("name", EXECUTIONS)
def test_an_input_of_an_execution_becomes_a_run(hub: Hub, name: str) -> None:
    given = load_event(name)
    run = hub.initialize(given)
    assert accounts_of(hub, run) == ACCOUNTS[name]
    assert run["config"].items() >= given.get("config", {}).items()
    assert run["regions"] == given.get("regions")
    collected = [each for each in SERVICES if each != ORGANIZATION or HUB in ACCOUNTS[name]]
    assert run["services"] == given.get("services", collected)
    assert run.get("types") == given.get("types")


def test_the_initializers_event_becomes_a_run(hub: Hub) -> None:
    run = hub.invoke("initializer", load_event("initializer"))["run"]
    assert run["runId"].startswith("20261124T034830Z-")
    assert accounts_of(hub, run) == [HUB, MEMBER]


@pytest.mark.parametrize("collector", COLLECTORS)
def test_the_collectors_event_collects_the_account_that_it_names(hub: Hub, collector: str) -> None:
    event = load_event("collector")
    event["run"]["regions"] = [REGION]  # moto lacks some services in some regions
    answer = hub.invoke(f"{collector}_collector", event)
    scopes = hub.scopes(event["run"]["runId"])
    assert answer["status"] == "DONE"
    assert answer["scopes"] == {"COMPLETE": len(scopes)}
    assert {row["accountId"] for row in scopes.values()} == {event["account"]["accountId"]}


def test_the_reporters_event_is_stored(hub: Hub) -> None:
    event = load_event("reporter")
    assert hub.invoke("reporter", event) == {"batchItemFailures": []}
    assert len(hub.items()) == len(event["Records"])


def test_the_results_processors_event_ends_a_run(hub: Hub) -> None:
    event = load_event("results-processor")
    event["run"]["services"] = [*PLANTED_SERVICES]  # moto's tables bear few threads at once
    hub.keep_accounts(event["run"], [HUB, MEMBER])
    summary = hub.invoke("results_processor", event)
    assert summary["runId"] == event["run"]["runId"]
    assert summary["status"] == "FAILED"
    assert summary["failures"] == {"INTERNAL": 2 * len(PLANTED_SERVICES)}
