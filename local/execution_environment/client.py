"""A pure Python Lambda runtime, for platforms without a wheel of awslambdaric (macOS).

It covers what a handler can observe: event, result or error, context, trace header.
"""

import importlib
import json
import os
import sys
import time
import traceback
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from typing import Any

BASE = "/2018-06-01/runtime"


@dataclass
class Context:
    """The handler's second argument, with Lambda's own names."""

    aws_request_id: str
    invoked_function_arn: str
    deadline_ms: int

    function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
    function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
    memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
    log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
    log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
    client_context = None
    identity = None

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the invocation times out."""
        return max(self.deadline_ms - int(time.time() * 1000), 0)


def serve_handler(name: str, address: str) -> None:
    """Invoke the handler for each event of the Runtime API at `address`, until it disconnects."""
    connection = HTTPConnection(address)
    module, _, function = name.rpartition(".")
    try:
        handler = getattr(importlib.import_module(module.replace("/", ".")), function)
    except Exception as error:  # noqa: BLE001 - Lambda reports any error
        _post(connection, "/init/error", _described(error, ""))
        sys.exit(1)
    while True:
        connection.request("GET", f"{BASE}/invocation/next")
        answer = connection.getresponse()
        event, headers = json.loads(answer.read()), answer.headers
        request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        os.environ["_X_AMZN_TRACE_ID"] = headers["Lambda-Runtime-Trace-Id"]
        try:
            result = json.dumps(handler(event, _context(headers)), ensure_ascii=False).encode()
        except Exception as error:  # noqa: BLE001 - the function's answer
            traceback.print_exc()
            _post(connection, f"/invocation/{request_id}/error", _described(error, request_id))
        else:
            _post(connection, f"/invocation/{request_id}/response", result)


def _context(headers: HTTPMessage) -> Context:
    return Context(
        aws_request_id=headers["Lambda-Runtime-Aws-Request-Id"],
        invoked_function_arn=headers["Lambda-Runtime-Invoked-Function-Arn"],
        deadline_ms=int(headers["Lambda-Runtime-Deadline-Ms"]),
    )


def _described(error: Exception, request_id: str) -> bytes:
    frames: list[Any] = traceback.format_list(traceback.extract_tb(error.__traceback__)[1:])
    described = {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": request_id,
        "stackTrace": frames,
    }
    return json.dumps(described).encode()


def _post(connection: HTTPConnection, path: str, body: bytes) -> None:
    connection.request("POST", BASE + path, body)
    connection.getresponse().read()
