"""Metrics in the form that CloudWatch takes out of a log, and the ids that a line carries."""

import json
import os
import re
import subprocess
import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from cidb2.errors import ConfigurationError, RoleNotAssumedError, UnexpectedError
from cidb2.observability import (
    MetricUnit,
    annotate,
    annotate_part,
    logger,
    measure,
    sanitize_errors,
    tracer,
)
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


@pytest.mark.parametrize(
    ("level", "said"),
    [
        ("DEBUG", ["DEBUG", "INFO", "WARNING", "ERROR"]),
        ("INFO", ["INFO", "WARNING", "ERROR"]),
        ("WARN", ["WARNING", "ERROR"]),
        ("ERROR", ["ERROR"]),
    ],
)
def test_the_level_is_the_one_that_lambda_sets(level: str, said: list[str]) -> None:
    """And libraries, whose DEBUG shows requests with credentials, log warnings and worse only."""
    script = """
import logging
logging.basicConfig(level=logging.DEBUG)  # as Lambda's runtime sets up the root logger
from cidb2.observability import logger
logging.getLogger("botocore.auth").debug("a canonical request")
logging.getLogger("botocore.credentials").info("found in the environment")
for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
    logger.log(level, "said")
"""
    shown = subprocess.run(
        [sys.executable, "-c", script],
        env={"AWS_LAMBDA_LOG_LEVEL": level, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=True,
        text=True,
    )
    assert [json.loads(line)["level"] for line in shown.stdout.splitlines()] == said
    assert "canonical request" not in shown.stderr
    assert "found in the environment" not in shown.stderr


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


def test_each_part_of_an_invocation_has_a_subsegment_with_its_annotations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: dict[str, dict[str, str]] = {}

    class Subsegment:
        def __init__(self, name: str) -> None:
            self._annotations = told.setdefault(name, {})

        def put_annotation(self, *, key: str, value: str) -> None:
            self._annotations[key] = value

    def in_subsegment(name: str) -> Any:
        return nullcontext(Subsegment(name))

    monkeypatch.setattr(tracer, "provider", SimpleNamespace(in_subsegment=in_subsegment))
    annotate_part("run-1", run_id="run-1", account="123456789012")
    annotate_part("run-2", run_id="run-2")
    assert told == {
        "## run-1": {"run_id": "run-1", "account": "123456789012"},
        "## run-2": {"run_id": "run-2"},
    }


def test_an_errors_words_are_logged_only_where_they_may_be_read(log: Any) -> None:
    read = "what was " + "read"  # a stack trace quotes the source
    try:
        try:
            raise KeyError(read)
        except KeyError as cause:
            raise ConfigurationError("X: not set") from cause
    except ConfigurationError:
        logger.exception("it failed")
    assert read not in log.text
    [line] = log.lines
    first, last = line["exception"].split("\n\nwhich led to:\n")
    assert re.search(r'File ".*test_observability.py", line \d+', first)
    assert re.search(r"\nKeyError: KeyError in .*test_observability.py, line \d+$", first)
    assert last.endswith("\ncidb2.errors.ConfigurationError: X: not set")
    assert line["exception_name"] == "ConfigurationError"


def test_a_line_is_ascii_and_one_line_whatever_it_is_about(log: Any) -> None:
    hostile = "\x1b[2J\x9b31m\u2028\u2029\x85\n\r\U0001f4a9"
    logger.info(hostile, extra={"arn": hostile})
    assert log.text.isascii()
    assert log.text.isprintable() is False  # its own line end
    assert log.text.removesuffix("\n").isprintable()
    assert log.lines[0]["arn"] == log.lines[0]["message"] == hostile


def test_a_value_that_json_does_not_have_is_logged_as_text(log: Any) -> None:
    logger.info("read", extra={"moment": datetime(2026, 11, 24, 3, 48, tzinfo=UTC)})
    assert log.lines[0]["moment"] == "2026-11-24 03:48:00+00:00"


def test_a_handler_fails_in_words_that_may_be_read() -> None:
    @sanitize_errors
    def fail(error: Exception) -> None:
        raise error

    for told in (ConfigurationError("X: not set"), client_error("AccessDenied")):
        with pytest.raises(type(told)) as raised:
            fail(told)
        assert raised.value is told
    with pytest.raises(UnexpectedError, match=r"^ValueError in .*test_observability\.py") as other:
        fail(ValueError("a policy"))
    assert other.value.__suppress_context__
    assert other.traceback[-1].name == "fail"


def test_a_handler_that_does_not_fail_answers() -> None:
    assert sanitize_errors(lambda event, context: (event, context))(1, context=2) == (1, 2)
