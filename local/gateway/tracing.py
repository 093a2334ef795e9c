"""Propagates X-Ray's trace header where AWS does and moto does not.

Step Functions takes the header from StartExecution or starts a trace, and passes it to the
functions it invokes. Messages sent to a queue, also through SNS, carry it as AWSTraceHeader.
Lambda's pollers start their own trace, linked to those of the messages.

https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html
"""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any

from local.gateway.call import Call, Environ

HEADER = "X-Amzn-Trace-Id"
_current: ContextVar[str | None] = ContextVar("trace", default=None)
_of_executions: dict[str, str | None] = {}


def new_trace(*, sampled: bool) -> str:
    """Return the header of a new trace."""
    root = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    return f"Root={root};Parent={secrets.token_hex(8)};Sampled={int(sampled)}"


@contextmanager
def following(header: str | None) -> Iterator[None]:
    """Make this thread's work in the block part of a trace, or of none."""
    token = _current.set(header)
    try:
        yield
    finally:
        _current.reset(token)


def header_of(call: Call, environ: Environ) -> str | None:
    """Return a request's trace; its HTTP header takes precedence.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    """
    header: str | None = environ.get("HTTP_X_AMZN_TRACE_ID")
    if header is None and call.operation == "StartExecution":
        header = call.parameters.get("traceHeader")
    return header


def trace_execution(arn: str, machine: Any) -> str | None:
    """Return the trace for a new execution: its caller's, or a new one."""
    trace = _current.get()
    if trace is None and machine.tracingConfiguration["enabled"]:
        trace = new_trace(sampled=True)
    _of_executions[arn] = trace
    return trace


def invoking_in_its_trace(invoke: Callable[..., None]) -> Callable[..., None]:
    """Wrap a state machine's function invocation to run in the execution's trace."""

    def invoke_in_trace(env: Any, *rest: Any, **named: Any) -> None:
        with of_execution(env):
            invoke(env, *rest, **named)

    return invoke_in_trace


def of_execution(env: Any) -> AbstractContextManager[None]:
    """Make this thread's work in the block part of a running execution's trace."""
    arn = env.states.context_object.context_object_data["Execution"]["Id"]
    return following(_of_executions.get(arn))


def add_header(params: dict[str, Any], **_: Any) -> None:
    """Add the header to a request before botocore sends it."""
    if header := _current.get():
        params["headers"][HEADER] = header


def sending_with_trace(send: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap SQS's SendMessage to store the trace of its request with the message."""

    def send_with_trace(self: Any, *rest: Any, **named: Any) -> Any:
        header = _current.get()
        if header and not named.get("system_attributes"):
            traced = {"AWSTraceHeader": {"DataType": "String", "StringValue": header}}
            named["system_attributes"] = traced
        return send(self, *rest, **named)

    return send_with_trace
