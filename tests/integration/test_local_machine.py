"""State machines run: every feature of the Amazon States Language that CIDB2 relies on."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.emulator.embedded import EmbeddedAws
from local.gateway.call import Call

pytestmark = pytest.mark.integration

FIXTURES = Path(__file__).parent / "local_fixtures"
ACCOUNTS = [
    {"id": "loops", "do": "count", "statuses": ["CONTINUE", "CONTINUE", "COMPLETE"]},
    {"id": "raises", "do": "raise", "statuses": []},
    {"id": "exits", "do": "exit", "statuses": []},
    {"id": "plain", "do": "count", "statuses": ["COMPLETE"]},
]
AWS_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(FIXTURES / "template.yaml") as started:
        yield started


def fan_out(aws: EmbeddedAws, key: str, **more: Any) -> dict[str, Any]:
    """Return an input that goes through the Distributed Map, and store the map's items."""
    bucket = aws.stack.physical_id("Bucket")
    aws.client("s3").put_object(Bucket=bucket, Key=key, Body=json.dumps(ACCOUNTS))
    return {"bucket": bucket, "key": key, "go": True, **more}


def rows(aws: EmbeddedAws) -> dict[str, dict[str, Any]]:
    """Return the table's items by key."""
    found = aws.client("dynamodb").scan(TableName=aws.stack.physical_id("Table"))["Items"]
    return {item["pk"]["S"]: item for item in found}


def test_an_empty_input_and_the_context_object(aws: EmbeddedAws) -> None:
    done = aws.run({})
    assert done.status == "SUCCEEDED"
    name = done.arn.rpartition(":")[2]
    for moment in ("startTime", "enteredTime"):
        assert AWS_TIME.fullmatch(done.output.pop(moment))
    assert done.output == {
        "id": done.arn,
        "input": {},
        "name": name,
        "parsed": {"a": [1, 2]},
        "sum": 1,
        "text": f"one of {name}",
    }


@pytest.mark.parametrize(
    ("until", "status"),
    [
        ("2099-01-01T00:00:00Z", "SUCCEEDED"),
        ("2099-01-01T00:00:00.123456Z", "SUCCEEDED"),
        ("2026-01-01T00:00:00Z", "FAILED"),
        ("2026-01-01T00:00:00.123Z", "FAILED"),
    ],
)
def test_times_are_compared_with_the_context_objects(
    aws: EmbeddedAws, until: str, status: str
) -> None:
    assert aws.run({"until": until}).status == status


def test_a_distributed_map_loops_catches_and_records(aws: EmbeddedAws) -> None:
    seen: list[Call] = []
    aws.observe(seen.append)
    done = aws.run(fan_out(aws, "accounts.json"))
    assert (done.status, done.error) == ("SUCCEEDED", None)
    stored = rows(aws)
    assert stored["done#loops"]["round"] == {"N": "3"}
    assert stored["done#plain"]["round"] == {"N": "1"}
    assert stored["failure#raises"]["error"] == {"S": "CustomError"}
    assert stored["failure#exits"]["error"] == {"S": "Runtime.ExitError"}
    assert stored["failure#exits"]["execution"] == {"S": done.arn}
    assert AWS_TIME.fullmatch(stored["failure#exits"]["at"]["S"])
    role = f"arn:aws:iam::123456789012:role/{aws.stack.physical_id('MachineRole')}"
    by_machine = {(c.service, c.operation) for c in seen if c.principal.arn == role}
    assert by_machine == {("s3", "GetObject"), ("lambda", "Invoke"), ("dynamodb", "PutItem")}


def test_two_executions_at_once_fail_with_their_own_cause(aws: EmbeddedAws) -> None:
    wanted = fan_out(aws, "accounts.json", fail=True)
    started = [aws.start_execution(wanted) for _ in range(2)]
    for arn in started:
        done = aws.wait(arn)
        name = arn.rpartition(":")[2]
        assert (done.status, done.error) == ("FAILED", "Fixture.Failed")
        assert done.cause == f"because {name}"


def test_what_a_map_cannot_read_is_caught(aws: EmbeddedAws) -> None:
    wanted = {**fan_out(aws, "accounts.json"), "key": "missing.json"}
    done = aws.run(wanted)
    assert done.status == "SUCCEEDED"
    name = done.arn.rpartition(":")[2]
    assert "error" in rows(aws)[f"mapfailed#{name}"]


def test_throttling_by_lambda_is_retried(aws: EmbeddedAws) -> None:
    def counts(call: Call) -> bool:
        return b'"count"' in call.parameters["Payload"]

    with aws.faults.throttle(operation="Invoke", times=2, where=counts) as rule:
        done = aws.run(fan_out(aws, "accounts.json"))
    assert rule.hits == 2
    assert done.status == "SUCCEEDED"
    assert "done#plain" in rows(aws)


def test_an_execution_has_a_history_and_a_name(aws: EmbeddedAws) -> None:
    answer = aws.client("stepfunctions").start_execution(
        stateMachineArn=aws.stack.outputs["StateMachineArn"]
    )
    done = aws.wait(answer["executionArn"])
    kinds = [event["type"] for event in aws.history(done.arn)]
    assert (kinds[0], kinds[-1]) == ("ExecutionStarted", "ExecutionSucceeded")
    assert not done.arn.endswith(":None")
