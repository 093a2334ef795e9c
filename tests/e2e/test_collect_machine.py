"""The collect machine: one execution for each service, which ends with its run and fails alone."""

import json
from collections.abc import Iterable, Iterator, Mapping
from threading import Event
from typing import Any

import pytest

from local.gateway.call import Answer, Call
from local.simulation.population import REGIONS, Organisation
from tests.support.world import World, eventually, world

WANTED = {"services": ["iam", "kms"], "regions": [REGIONS[0]]}
ACCOUNTS = 3
RETRIES = 6
CAUSE = "x" * 30_000
"""Step Functions allows 32,768 characters."""
STATE_LIMIT = 256 * 1024
"""Bytes (AWS Step Functions Developer Guide, 'Service quotas')."""


@pytest.fixture(scope="module")
def here() -> Iterator[World]:
    with world(Organisation(ACCOUNTS, 12, REGIONS[:1], seed=47), time_scale=20) as made:
        made.take_inventory(WANTED)
        yield made


def collections_of(here: World, execution: str) -> dict[str, dict[str, Any]]:
    """Return the collect executions that an inventory execution started, by collector."""
    client = here.aws.client("stepfunctions")
    found = {}
    machine = here.stack.resources["CollectStateMachine"].attributes["Arn"]
    for each in client.list_executions(stateMachineArn=machine)["executions"]:
        described = client.describe_execution(executionArn=each["executionArn"])
        given = json.loads(described["input"])
        if given["AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID"] == execution:
            found[given["collector"]["name"]] = described
    return found


def last_output(history: Iterable[Mapping[str, Any]], event_type: str) -> str:
    """Return the output of the last state of a kind that an execution has left."""
    *_, last = (event for event in history if event["type"] == event_type)
    return str(last["stateExitedEventDetails"]["output"])


def is_of_kms(call: Call) -> bool:
    given = json.loads(call.parameters["input"])
    return bool(given.get("collector", {}).get("name") == "kms")


def test_each_collector_of_a_run_has_one_execution_whose_output_does_not_grow(here: World) -> None:
    taken = here.take_inventory(WANTED)
    collections = collections_of(here, taken.execution.arn)
    assert {*collections} == {*WANTED["services"]}
    for each in collections.values():
        assert (each["status"], each["output"]) == ("SUCCEEDED", "{}")


def test_the_state_of_a_run_stays_far_from_the_limit(here: World) -> None:
    history = here.aws.history(here.take_inventory(WANTED).execution.arn)
    outputs = [event.get("stateExitedEventDetails", {}).get("output", "") for event in history]
    assert max(map(len, outputs)) < STATE_LIMIT / 50


def test_a_collection_that_does_not_start_is_recorded_and_fails_no_other(here: World) -> None:
    def refuse(call: Call, _: Any) -> Answer:
        return call.error("AccessDeniedException", f"not authorized {CAUSE}", 400)

    with here.aws.faults.add(refuse, operation="StartExecution", where=is_of_kms) as refused:
        taken = here.take_inventory(WANTED)
    assert refused.hits == 1 + RETRIES
    assert taken.summary["status"] == "PARTIAL"
    rows = here.scopes(taken.run_id)
    for account in here.healthy():
        assert rows["iam", account, "global"]["outcome"] == "COMPLETE"
        of_kms = rows["kms", account, REGIONS[0]]
        assert of_kms["outcome"] == "FAILED"
        assert of_kms["errorCode"] == "StepFunctions.AWSStepFunctionsException"
        assert "not authorized" in of_kms["errorMessage"]
    assert CAUSE in here.ledger(taken.run_id, "failure")["kms", "*"]["cause"]
    history = here.aws.history(taken.execution.arn)
    assert CAUSE not in last_output(history, "ParallelStateExited")


def test_stopping_a_run_stops_its_collections(here: World) -> None:
    reached, go_on = Event(), Event()

    def hold(_: Call, __: Any) -> None:
        reached.set()
        go_on.wait(60)

    client = here.aws.client("stepfunctions")
    with here.aws.faults.add(hold, operation="ListKeys"):
        started = here.start({**WANTED, "services": ["kms"]})
        assert reached.wait(60)
        client.stop_execution(executionArn=started)
        go_on.set()
    eventually(lambda: collections_of(here, started)["kms"]["status"] == "ABORTED")
    assert here.aws.wait(started).status == "ABORTED"
