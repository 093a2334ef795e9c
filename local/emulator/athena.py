"""Runs Athena queries on the embedded AWS with DuckDB, over the lake's tables.

moto accepts every query and returns nothing. Other calls to Athena go to moto.
https://docs.aws.amazon.com/athena/latest/APIReference/API_Operations.html
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from lake.answer import Answer as Found
from lake.answer import QueryError
from local.gateway.call import Answer, Call

ROWS_A_PAGE = 1000
USER_ERROR = 2
TYPES = {bool: "boolean", int: "bigint", float: "double"}

Result = dict[str, Any]


@dataclass(frozen=True)
class Query:
    """A finished query: its result, or its error."""

    sql: str
    found: Found | None
    reason: str = ""


class Athena:
    """The queries of all accounts. `client` is called with service, account and region."""

    def __init__(self, client: Callable[..., Any]) -> None:
        self._client = client
        self._queries: dict[str, Query] = {}

    def answer(self, call: Call) -> Answer | None:
        """Answer a call about a query; return None for any other call."""
        if call.service != "athena" or call.operation not in OPERATIONS:
            return None
        return call.result(OPERATIONS[call.operation](self, call))

    def start_query_execution(self, call: Call) -> Result:
        asked, number = call.parameters, str(uuid4())
        parameters = [_text(one) for one in asked.get("ExecutionParameters") or []]
        try:
            found = self._ask(call, asked["QueryString"], parameters)
            self._queries[number] = Query(asked["QueryString"], found)
        except QueryError as error:
            self._queries[number] = Query(asked["QueryString"], None, str(error))
        return {"QueryExecutionId": number}

    def get_query_execution(self, call: Call) -> Result:
        number = call.parameters["QueryExecutionId"]
        query = self._queries[number]
        status: Result = {"State": "SUCCEEDED" if query.found else "FAILED"}
        if query.found is None:
            error = {"ErrorCategory": USER_ERROR, "ErrorMessage": query.reason}
            status |= {"StateChangeReason": query.reason, "AthenaError": error}
        execution = {"QueryExecutionId": number, "Query": query.sql, "Status": status}
        return {"QueryExecution": execution}

    def get_query_results(self, call: Call) -> Result:
        asked = call.parameters
        found = self._queries[asked["QueryExecutionId"]].found
        assert found is not None
        rows = [tuple(found.columns), *found.rows]
        begin, most = int(asked.get("NextToken") or 0), asked.get("MaxResults") or ROWS_A_PAGE
        end = begin + most
        columns = [
            {"Name": name, "Type": _type(found, number)}
            for number, name in enumerate(found.columns)
        ]
        result = {
            "Rows": [{"Data": [*map(_cell, row)]} for row in rows[begin:end]],
            "ResultSetMetadata": {"ColumnInfo": columns},
        }
        return {"ResultSet": result, "NextToken": str(end) if end < len(rows) else None}

    def _ask(self, call: Call, sql: str, parameters: list[str]) -> Found:
        from lake.duck import open_lake  # importing DuckDB is slow: only on the first query
        from lake.fetch import fetch

        database = call.parameters["QueryExecutionContext"]["Database"]
        place = {"account": call.account, "region": call.region}
        table = self._client("glue", **place).get_table(DatabaseName=database, Name="scopes")
        bucket = urlsplit(table["Table"]["StorageDescriptor"]["Location"]).netloc
        with TemporaryDirectory(prefix="embedded-athena-") as folder:
            fetch(self._client("s3", **place), bucket, Path(folder))
            with open_lake(Path(folder)) as lake:
                return lake.ask(sql, parameters)


def _text(literal: str) -> str:
    """Return the value of a parameter, which is written as a SQL literal."""
    return literal.removeprefix("'").removesuffix("'").replace("''", "'")


def _type(found: Found, column: int) -> str:
    kinds = {type(row[column]) for row in found.rows if row[column] is not None}
    return TYPES.get(kinds.pop(), "varchar") if len(kinds) == 1 else "varchar"


def _cell(value: Any) -> Result:
    if value is None:
        return {}
    return {"VarCharValue": str(value).lower() if isinstance(value, bool) else str(value)}


OPERATIONS: dict[str, Callable[[Athena, Call], Result]] = {
    "GetQueryExecution": Athena.get_query_execution,
    "GetQueryResults": Athena.get_query_results,
    "StartQueryExecution": Athena.start_query_execution,
}
