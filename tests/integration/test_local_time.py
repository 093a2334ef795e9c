"""Time that passes faster: waits, pauses before retries, and answers that never come."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.emulator.embedded import EmbeddedAws
from local.emulator.outcomes import FunctionError

pytestmark = pytest.mark.integration

FIXTURES = Path(__file__).parent / "local_fixtures"
SCALE = 1000
LONG_SECONDS = 300
SHORT_SECONDS = 30


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(FIXTURES / "template.yaml", time_scale=SCALE) as started:
        yield started


def run_alone(aws: EmbeddedAws, states: dict[str, Any]) -> str:
    """Run a machine of one state and return how it ended."""
    machines = aws.client("stepfunctions")
    arn = machines.create_state_machine(
        name=f"alone-{next(iter(states))}",
        definition=json.dumps({"StartAt": next(iter(states)), "States": states}),
        roleArn="arn:aws:iam::123456789012:role/alone",
    )["stateMachineArn"]
    execution = machines.start_execution(stateMachineArn=arn)["executionArn"]
    return aws.wait(execution).status


def test_a_machine_waits_and_retries_in_less_time(aws: EmbeddedAws) -> None:
    began = time.monotonic()
    wait = {"Type": "Wait", "Seconds": LONG_SECONDS, "End": True}
    assert run_alone(aws, {"Wait": wait}) == "SUCCEEDED"
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "no-such-function"},
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 60, "MaxAttempts": 3}],
        "End": True,
    }
    assert run_alone(aws, {"Retry": task}) == "FAILED"
    assert time.monotonic() - began < SHORT_SECONDS


def test_a_function_sleeps_in_less_time(aws: EmbeddedAws) -> None:
    done = aws.invoke("WorkerFunction", {"do": "sleep", "seconds": LONG_SECONDS})
    assert done == {"slept": LONG_SECONDS}


def test_an_answer_that_never_comes_is_a_read_timeout_in_the_function(aws: EmbeddedAws) -> None:
    with aws.faults.never_answer(service="dynamodb") as fault, pytest.raises(FunctionError) as told:
        aws.invoke("WorkerFunction", {"do": "write", "prefix": "late", "items": 1})
    assert told.value.payload["errorType"] == "ReadTimeoutError"
    assert fault.hits > 1
