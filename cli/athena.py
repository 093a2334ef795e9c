"""Athena as a query engine: starts a query, waits for it, and fetches its rows page by page.

https://docs.aws.amazon.com/athena/latest/APIReference/API_Operations.html
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cli.errors import CliError, ExitCode
from lake.answer import Answer, QueryError

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient

FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 4.0
UNENDED = ("QUEUED", "RUNNING")
USER_ERROR = 2
"""The ErrorCategory in AthenaError if the query itself is wrong."""

MALFORMED = "MALFORMED_QUERY"
_AT_A_PLACE = re.compile(r"line \d+:\d+: ")
SCAN_LIMIT = "bytes scanned limit"
NUMBERS: Mapping[str, Callable[[str], Any]] = {
    **dict.fromkeys(("tinyint", "smallint", "integer", "bigint"), int),
    **dict.fromkeys(("float", "real", "double"), float),
    "boolean": lambda text: text == "true",
}


@dataclass(frozen=True)
class Athena:
    """The lake in AWS, queried in the stack's workgroup, which limits the scanned bytes."""

    client: "AthenaClient"
    database: str
    workgroup: str
    sleep: Callable[[float], None] = time.sleep

    def ask(self, sql: str, parameters: Sequence[str] = ()) -> Answer:
        """Return the answer. Raises QueryError if the query is wrong, CliError if Athena fails.

        If the wait is interrupted, the query is stopped.
        """
        given: Any = {"ExecutionParameters": [_literal(one) for one in parameters]}
        try:
            started = self.client.start_query_execution(
                QueryString=sql,
                QueryExecutionContext={"Database": self.database},
                WorkGroup=self.workgroup,
                **(given if parameters else {}),
            )
        except self.client.exceptions.InvalidRequestException as error:
            raise _refusal(error) from error
        query = started["QueryExecutionId"]
        try:
            self._wait(query)
        except KeyboardInterrupt:
            self.client.stop_query_execution(QueryExecutionId=query)
            raise
        return self._answer(query)

    def _wait(self, query: str) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            answer: Any = self.client.get_query_execution(QueryExecutionId=query)
            status = answer["QueryExecution"]["Status"]
            if status["State"] == "SUCCEEDED":
                return
            if status["State"] not in UNENDED:
                raise _failure(status)
            self.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _answer(self, query: str) -> Answer:
        """Return all rows except the first, which repeats the column names of a SELECT."""
        pages = self.client.get_paginator("get_query_results").paginate(QueryExecutionId=query)
        columns: list[Any] = []
        texts: list[list[str | None]] = []
        for page in pages:
            found: Any = page["ResultSet"]
            columns = columns or found["ResultSetMetadata"]["ColumnInfo"]
            texts += ([cell.get("VarCharValue") for cell in row["Data"]] for row in found["Rows"])
        names = [str(column["Name"]) for column in columns]
        rows = texts[1:] if texts[:1] == [names] else texts
        kinds = [NUMBERS.get(column["Type"], str) for column in columns]
        return Answer(names, [_typed(row, kinds) for row in rows])


def _typed(texts: Sequence[str | None], kinds: Sequence[Callable[[str], Any]]) -> tuple[Any, ...]:
    pairs = zip(texts, kinds, strict=True)
    return tuple(text if text is None else kind(text) for text, kind in pairs)


def _literal(text: str) -> str:
    """Return a parameter as Athena expects it: a quoted SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _refusal(error: ClientError) -> Exception:
    """Return the error; a parse error, which Athena reports at once, becomes a QueryError."""
    answer: Any = error.response
    said = str(answer["Error"].get("Message", ""))
    is_syntax = answer.get("AthenaErrorCode") == MALFORMED or _AT_A_PLACE.match(said)
    return QueryError(said) if is_syntax else error


def _failure(status: Mapping[str, Any]) -> Exception:
    error: Mapping[str, Any] = status.get("AthenaError", {})
    said = str(status.get("StateChangeReason") or error.get("ErrorMessage") or "no reason given")
    if SCAN_LIMIT in said.lower():
        return CliError(
            ExitCode.USAGE,
            f"Athena stopped the query: {said}",
            "Query fewer days (run_date) or one service, or raise the workgroup's limit.",
        )
    if error.get("ErrorCategory") == USER_ERROR:
        return QueryError(said)
    advice = "This may be transient; retry." if error.get("Retryable") else ""
    return CliError(ExitCode.AWS, f"The query ended with state {status['State']}: {said}", advice)
