"""Metrics in the form that CloudWatch takes out of a log, and the ids that a line carries."""

from typing import Any

import pytest

from cidb2.errors import RoleNotAssumedError
from cidb2.observability import MetricUnit, annotate, logger, measure
from tests.support.builders import client_error
from tests.support.metrics import measured, metric


def test_a_metric_has_the_stack_and_its_own_dimensions_and_no_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    measure(MetricUnit.Count, {"Things": 3}, Service="kms")
    named = metric("Things", Environment="cidb2-test", Service="kms")
    assert measured(capsys.readouterr().out) == {named: [3.0]}


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250])
def test_every_value_is_written_once_however_many_there_are(
    capsys: pytest.CaptureFixture[str], count: int
) -> None:
    measure(MetricUnit.Seconds, {"Wait": [float(number) for number in range(count)]})
    values = measured(capsys.readouterr().out)
    assert values.get(metric("Wait", Environment="cidb2-test"), []) == [*range(count)]


def test_an_error_is_logged_with_the_id_that_aws_gave_the_request(log: Any) -> None:
    answer = client_error("AccessDenied")
    answer.response["ResponseMetadata"]["RequestId"] = "the-id"
    try:
        raise RoleNotAssumedError("role") from answer
    except RoleNotAssumedError:
        logger.exception("refused")
    logger.info("nothing refused")
    first, second = log.lines
    assert first["aws_request_id"] == "the-id"
    assert "aws_request_id" not in second


def test_what_an_invocation_is_about_stands_on_every_line(log: Any) -> None:
    annotate(run_id="the run", account="123456789012")
    logger.info("a line")
    logger.remove_keys(["run_id", "account"])
    [line] = log.lines
    assert (line["run_id"], line["account"], line["service"]) == (
        "the run",
        "123456789012",
        "cidb2",
    )
