"""Faults on demand: throttling, denial, server errors, delays, dropped connections, killed callers.

Each answers with the code, status and shape that the service itself uses, so that clients and
their retries meet what they would meet on AWS.
"""

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Self

from local.execution_environment.speed_up import NO_ANSWER
from local.gateway.call import Answer, Call, Environ

Strike = Callable[[Call, Environ], Answer | None]
Bend = Callable[[Call, dict[str, Any]], dict[str, Any]]

# Code and HTTP status by service; RATE_EXCEEDED for the others.
THROTTLED = {
    "dynamodb": ("ProvisionedThroughputExceededException", 400),
    "ec2": ("RequestLimitExceeded", 503),
    "lambda": ("TooManyRequestsException", 429),
    "organizations": ("TooManyRequestsException", 400),
    "s3": ("SlowDown", 503),
    "sns": ("Throttled", 429),
    "sqs": ("RequestThrottled", 403),
    "iam": ("Throttling", 400),
    "sts": ("Throttling", 400),
}
RATE_EXCEEDED = ("ThrottlingException", 400)
SERVER_ERRORS = {
    "dynamodb": "InternalServerError",
    "ec2": "InternalError",
    "kms": "KMSInternalException",
    "lambda": "ServiceException",
    "s3": "InternalError",
}
DENIED = {"ec2": ("UnauthorizedOperation", 403), "sns": ("AuthorizationError", 403)}
DENIED_BY_PROTOCOL = {
    "json": ("AccessDeniedException", 400),
    "rest-json": ("AccessDeniedException", 403),
}
BY_IDENTITY = "because no identity-based policy allows the {action} action"
BY_SCP = "with an explicit deny in a service control policy"


@dataclass
class Fault:
    """A rule and what it does. None matches everything; `times` None means for good.

    `skip` lets that many matching calls through first; `after` strikes once the call has taken
    effect, so that only its answer is lost. A context manager: the end of the block removes it.
    """

    strike: Strike
    faults: "Faults"
    service: str | None = None
    operation: str | None = None
    account: str | None = None
    region: str | None = None
    function: str | None = None  # the calling Lambda function's name
    where: Callable[[Call], bool] | None = None
    times: int | None = None
    skip: int = 0
    after: bool = False
    hits: int = field(default=0, init=False)

    def matches(self, call: Call) -> bool:
        """Say whether the rule is about this call."""
        wanted = (
            (self.service, call.service),
            (self.operation, call.operation),
            (self.account, call.account),
            (self.region, call.region),
            (self.function, call.principal.session_name),
        )
        if any(want is not None and want != got for want, got in wanted):
            return False
        return self.where is None or self.where(call)

    def remove(self) -> None:
        """Take the rule away."""
        self.faults.discard(self)

    def __enter__(self) -> Self:
        """Leave the rule in place for a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Take the rule away at the end of the block."""
        self.remove()


class Faults:
    """The rules in force. Every method below adds one and returns it; `match` is its filter."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []
        self._lock = threading.Lock()
        self.kill_caller: Callable[[str], None] = lambda _: None
        self.answer: Callable[[Call, Environ], Answer] = lambda *_: Answer(503)

    def throttle(self, **match: Any) -> Fault:
        """Answer as an exceeded request rate."""

        def strike(call: Call, _: Environ) -> Answer:
            code, status = THROTTLED.get(call.service, RATE_EXCEEDED)
            return call.error(code, "Rate exceeded", status)

        return self.add(strike, **match)

    def deny(self, *, scp: bool = False, **match: Any) -> Fault:
        """Answer as a missing permission, or with `scp` as a service control policy's denial."""

        def strike(call: Call, _: Environ) -> Answer:
            action = f"{call.service}:{call.operation}"
            by_protocol = DENIED_BY_PROTOCOL.get(call.protocol, ("AccessDenied", 403))
            code, status = DENIED.get(call.service, by_protocol)
            reason = BY_SCP if scp else BY_IDENTITY.format(action=action)
            who = f"User: {call.principal.session_arn}"
            message = f"{who} is not authorized to perform: {action} {reason}"
            return call.error(code, message, status)

        return self.add(strike, **match)

    def server_error(self, status: int = 500, **match: Any) -> Fault:
        """Answer with an internal error of the service (or another `status` of 5xx)."""

        def strike(call: Call, _: Environ) -> Answer:
            code = SERVER_ERRORS.get(call.service, "InternalFailure")
            if status == HTTPStatus.SERVICE_UNAVAILABLE:
                code = "ServiceUnavailable"
            return call.error(code, "Try again", status)

        return self.add(strike, **match)

    def error(self, code: str, message: str = "", status: int = 400, **match: Any) -> Fault:
        """Answer with any error code."""
        return self.add(lambda call, _: call.error(code, message or code, status), **match)

    def delay(self, seconds: float, **match: Any) -> Fault:
        """Answer, but late: a client with a shorter read timeout gives up first."""

        def strike(_: Call, __: Environ) -> None:
            time.sleep(seconds)

        return self.add(strike, **match)

    def never_answer(self, **match: Any) -> Fault:
        """Have the calling function's client see its read timeout pass, without the wait.

        Needs an EmbeddedAws with a `time_scale`.
        """
        return self.add(lambda *_: Answer(NO_ANSWER), **match)

    def drop(self, **match: Any) -> Fault:
        """Close the connection without an answer."""
        return self.add(_hang_up, **match)

    def kill(self, **match: Any) -> Fault:
        """Kill (SIGKILL) the Lambda execution environment that calls, in whatever account."""

        def strike(call: Call, environ: Environ) -> None:
            self.kill_caller(call.principal.origin or call.principal.access_key)
            _hang_up(call, environ)

        return self.add(strike, **match)

    def bend(self, bend: Bend, **match: Any) -> Fault:
        """Answer what `bend` makes of the call and of what it would be answered.

        Answers are as boto3's parsers return them. Errors stay as they are.
        """

        def strike(call: Call, environ: Environ) -> Answer:
            answer = self.answer(call, environ)
            is_error = answer.status >= HTTPStatus.MULTIPLE_CHOICES
            return answer if is_error else call.result(bend(call, call.told(answer)))

        return self.add(strike, **match)

    def add(self, strike: Strike, **match: Any) -> Fault:
        """Add a rule with an effect of one's own."""
        fault = Fault(strike, self, **match)
        with self._lock:
            self._rules.append(fault)
        return fault

    def match(self, call: Call) -> Fault | None:
        """Return the first rule that strikes this call, and use up one of its times."""
        with self._lock:
            for fault in self._rules:
                if not fault.matches(call):
                    continue
                if fault.skip:
                    fault.skip -= 1
                elif fault.times is None or fault.hits < fault.times:
                    fault.hits += 1
                    return fault
        return None

    def discard(self, fault: Fault) -> None:
        """Remove one rule, if it is still there."""
        with self._lock:
            self._rules = [rule for rule in self._rules if rule is not fault]

    def clear(self) -> None:
        """Remove all rules."""
        with self._lock:
            self._rules.clear()


def _hang_up(_: Call, environ: Environ) -> None:
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError("dropped by a fault")
