"""A collector that died has a reason too: the one that the state machine caught."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidb2.collecting.collector_failures import explain_collector_failure
from cidb2.reasons import Failure, Reason

MAY_PASS = {
    Reason.THROTTLED,
    Reason.TIMEOUT,
    Reason.SERVICE_ERROR,
    Reason.STORAGE_UNAVAILABLE,
}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("States.Timeout", Reason.TIMEOUT),
        ("States.HeartbeatTimeout", Reason.TIMEOUT),
        ("States.ItemReaderFailed", Reason.STORAGE_UNAVAILABLE),
        ("Sandbox.Timedout", Reason.TIMEOUT),
        ("Lambda.TooManyRequestsException", Reason.THROTTLED),
        ("StepFunctions.ExecutionLimitExceededException", Reason.THROTTLED),
        ("StepFunctions.AWSStepFunctionsException", Reason.SERVICE_ERROR),
        ("StepFunctions.SdkClientException", Reason.SERVICE_ERROR),
        ("Lambda.ServiceException", Reason.SERVICE_ERROR),
        ("Lambda.AWSLambdaException", Reason.SERVICE_ERROR),
        ("Lambda.SdkClientException", Reason.SERVICE_ERROR),
        ("StorageUnavailableError", Reason.STORAGE_UNAVAILABLE),
        ("StorageRefusedError", Reason.STORAGE_UNAVAILABLE),
        ("States.TaskFailed", Reason.INTERNAL),
        ("Lambda.Unknown", Reason.INTERNAL),
        ("Runtime.ExitError", Reason.INTERNAL),
        ("KeyError", Reason.INTERNAL),
    ],
)
def test_a_collector_that_died_has_the_reason_that_the_machine_caught(
    error: str, reason: Reason
) -> None:
    caught = json.dumps({"Error": error, "Cause": json.dumps({"errorMessage": "its last words"})})
    assert explain_collector_failure(error, caught) == Failure(
        reason, error, "its last words", reason in MAY_PASS
    )


def test_lambdas_own_timeout_is_told_by_its_words() -> None:
    cause = {"errorMessage": "2026-11-24T03:48:30Z 1a2b Task timed out after 900.00 seconds"}
    failure = explain_collector_failure(
        "States.TaskFailed", json.dumps({"Cause": json.dumps(cause)})
    )
    assert failure.reason is Reason.TIMEOUT
    assert failure.retryable


@given(st.text())
def test_any_cause_is_kept_where_it_holds_no_message(cause: str) -> None:
    assert explain_collector_failure("X", json.dumps({"Cause": cause})).message == cause


@pytest.mark.parametrize("cause", ["[]", "null", '"text"', "{}"])
def test_json_without_a_message_is_kept_as_it_is(cause: str) -> None:
    assert explain_collector_failure("X", json.dumps({"Cause": cause})).message == cause


def test_a_death_without_a_cause_has_no_message() -> None:
    assert explain_collector_failure("States.Timeout", '{"Error": "States.Timeout"}').message == ""


ARN = "arn:aws:states:us-east-1:123456789012:execution:collect:1a2b"


def of_nested(**members: str) -> str:
    """Return what the inventory machine catches of a collect execution."""
    return json.dumps(
        {"Error": "States.TaskFailed", "Cause": json.dumps({"ExecutionArn": ARN, **members})}
    )


def test_a_nested_execution_tells_its_own_error() -> None:
    caught = of_nested(Status="FAILED", Error="States.ItemReaderFailed", Cause="no such key")
    failure = explain_collector_failure("States.TaskFailed", caught)
    assert failure.reason is Reason.STORAGE_UNAVAILABLE
    assert (failure.error_code, failure.message) == ("States.ItemReaderFailed", "no such key")


def test_a_nested_execution_that_timed_out_is_named() -> None:
    failure = explain_collector_failure("States.TaskFailed", of_nested(Status="TIMED_OUT"))
    assert failure.reason is Reason.TIMEOUT
    assert failure.message == f"{ARN} ended as TIMED_OUT"


def test_a_nested_execution_that_somebody_stopped_is_named() -> None:
    failure = explain_collector_failure("States.TaskFailed", of_nested(Status="ABORTED"))
    assert (failure.reason, failure.error_code) == (Reason.INTERNAL, "States.TaskFailed")
    assert failure.message == f"{ARN} ended as ABORTED"
