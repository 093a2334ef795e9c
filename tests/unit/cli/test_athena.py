"""Athena as an engine: what it is asked, how long it is waited for, what its answers become."""

import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from cli.athena import LONGEST_PAUSE_SECONDS, Athena
from cli.errors import CliError
from lake.answer import QueryError

QUERY = "0123456789abcdef0123456789abcdef"
KINDS = {"name": "varchar", "n": "bigint", "share": "double", "is_on": "boolean"}


class CommandContext:
    """An engine over a stubbed client, and how long it has slept."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        client = boto3.client("athena", region_name="eu-west-1")
        self.stub = Stubber(client)
        self.engine = Athena(client, "lake", "group", self.slept.append)

    def starts(self, sql: str = "SELECT 1", **parameters: Any) -> None:
        asked = {
            "QueryString": sql,
            "QueryExecutionContext": {"Database": "lake"},
            "WorkGroup": "group",
            **parameters,
        }
        self.stub.add_response("start_query_execution", {"QueryExecutionId": QUERY}, asked)

    def stands(self, state: str, **status: Any) -> None:
        answer = {"QueryExecution": {"Status": {"State": state, **status}}}
        self.stub.add_response("get_query_execution", answer, {"QueryExecutionId": QUERY})

    def answers(self, *rows: tuple[str | None, ...], token: str = "", then: str = "") -> None:
        told = [
            {"Data": [{} if text is None else {"VarCharValue": text} for text in row]}
            for row in rows
        ]
        columns = [{"Name": name, "Type": kind} for name, kind in KINDS.items()]
        page = {"ResultSet": {"Rows": told, "ResultSetMetadata": {"ColumnInfo": columns}}}
        self.stub.add_response(
            "get_query_results",
            page | ({"NextToken": then} if then else {}),
            {"QueryExecutionId": QUERY} | ({"NextToken": token} if token else {}),
        )


@pytest.fixture
def athena() -> Iterator[CommandContext]:
    asked = CommandContext()
    with asked.stub:
        yield asked
        asked.stub.assert_no_pending_responses()


def test_rows_come_from_every_page_in_the_types_of_their_columns(athena: CommandContext) -> None:
    athena.starts()
    athena.stands("SUCCEEDED")
    athena.answers(tuple(KINDS), ("a", "1", "0.5", "true"), then="next")
    athena.answers(("name", "-2", None, "false"), (None, None, "1E3", None), token="next")
    answer = athena.engine.ask("SELECT 1")
    assert answer.columns == [*KINDS]
    assert answer.rows == [
        ("a", 1, 0.5, True),
        ("name", -2, None, False),
        (None, None, 1000.0, None),
    ]


def test_an_answer_without_a_header_loses_no_row(athena: CommandContext) -> None:
    athena.starts("SHOW TABLES")
    athena.stands("SUCCEEDED")
    athena.answers(("items", None, None, None))
    assert athena.engine.ask("SHOW TABLES").rows == [("items", None, None, None)]


def test_it_is_waited_for_with_growing_pauses(athena: CommandContext) -> None:
    athena.starts()
    for state in ("QUEUED", *["RUNNING"] * 6, "SUCCEEDED"):
        athena.stands(state)
    athena.answers(tuple(KINDS))
    assert athena.engine.ask("SELECT 1").rows == []
    assert athena.slept == [0.25, 0.5, 1, 2, LONGEST_PAUSE_SECONDS, 4, 4]


def test_parameters_are_texts_in_sql(athena: CommandContext) -> None:
    athena.starts("SELECT ?", ExecutionParameters=["'2026-11-24'", "'it''s'"])
    athena.stands("SUCCEEDED")
    athena.answers(tuple(KINDS))
    athena.engine.ask("SELECT ?", ["2026-11-24", "it's"])


@pytest.mark.parametrize(
    ("status", "kind", "code", "said"),
    [
        (
            {
                "State": "FAILED",
                "StateChangeReason": "COLUMN_NOT_FOUND: line 1:8: Column 'x'",
                "AthenaError": {"ErrorCategory": 2, "ErrorType": 1100, "Retryable": False},
            },
            QueryError,
            None,
            "COLUMN_NOT_FOUND",
        ),
        (
            {
                "State": "CANCELLED",
                "StateChangeReason": "Query cancelled! : Bytes scanned limit was exceeded",
                "AthenaError": {"ErrorCategory": 2, "ErrorType": 1006},
            },
            CliError,
            2,
            "Athena stopped the query",
        ),
        (
            {"State": "FAILED", "AthenaError": {"ErrorCategory": 1, "ErrorMessage": "internal"}},
            CliError,
            5,
            "The query ended with state FAILED: internal",
        ),
        ({"State": "CANCELLED"}, CliError, 5, "state CANCELLED: no reason given"),
    ],
)
def test_why_a_query_failed_is_told_by_whose_fault_it_is(
    athena: CommandContext,
    status: dict[str, Any],
    kind: type[Exception],
    code: int | None,
    said: str,
) -> None:
    athena.starts()
    athena.stands(status.pop("State"), **status)
    with pytest.raises(kind, match=said) as failed:
        athena.engine.ask("SELECT 1")
    assert getattr(failed.value, "code", None) == code


@pytest.mark.parametrize(
    ("said", "told", "kind"),
    [
        ("line 1:1: mismatched input 'SELEC'. Expecting: 'SELECT'", {}, QueryError),
        ("no viable input", {"AthenaErrorCode": "MALFORMED_QUERY"}, QueryError),
        ("WorkGroup group is not found.", {"AthenaErrorCode": "INVALID_INPUT"}, ClientError),
    ],
)
def test_what_athena_cannot_parse_is_a_wrong_query(
    athena: CommandContext, said: str, told: dict[str, str], kind: type[Exception]
) -> None:
    code = "InvalidRequestException"
    athena.stub.add_client_error("start_query_execution", code, said, modeled_fields=told)
    with pytest.raises(kind, match=re.escape(said)):
        athena.engine.ask("SELEC 1")


def test_what_may_pass_is_said_to(athena: CommandContext) -> None:
    athena.starts()
    athena.stands("FAILED", AthenaError={"ErrorCategory": 1, "Retryable": True})
    with pytest.raises(CliError) as failed:
        athena.engine.ask("SELECT 1")
    assert failed.value.advice == "This may be transient; retry."


def test_a_query_that_nobody_waits_for_is_stopped(athena: CommandContext) -> None:
    def gone(seconds: float) -> None:
        raise KeyboardInterrupt

    athena.starts()
    athena.stands("RUNNING")
    athena.stub.add_response("stop_query_execution", {}, {"QueryExecutionId": QUERY})
    with pytest.raises(KeyboardInterrupt):
        Athena(athena.engine.client, "lake", "group", gone).ask("SELECT 1")
