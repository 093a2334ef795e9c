"""A collector that died has a reason too: the one that the state machine caught."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidb2.collecting.collector_failures import explain_collector_failure
from cidb2.reasons import RETRYABLE, Failure, Reason


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("States.Timeout", Reason.TIMEOUT),
        ("States.HeartbeatTimeout", Reason.TIMEOUT),
        ("States.ItemReaderFailed", Reason.STORAGE_UNAVAILABLE),
        ("Sandbox.Timedout", Reason.TIMEOUT),
        ("Lambda.TooManyRequestsException", Reason.THROTTLED),
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
        reason, error, "its last words", reason in RETRYABLE
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
