"""Fault injection: throttling, denials, server errors, delays, dropped connections, killed callers.

Each fault has the service's own error code, status and response shape, so clients and their retries
see what they would see on AWS.
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

# Error code and HTTP status by service; all others use RATE_EXCEEDED.
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
    """A rule and its effect. A filter of None matches everything; `times` None means no limit.

    The first `skip` matching calls pass. With `after`, the call takes effect first, so only its
    response is lost. As a context manager, the rule is removed at the end of the block.
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
        """Return whether the rule matches this call."""
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
        """Remove the rule."""
        self.faults.discard(self)

    def __enter__(self) -> Self:
        """Keep the rule active during the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the rule at the end of the block."""
        self.remove()


class Faults:
    """The active rules. Each method below adds one and returns it; `match` filters the calls."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []
        self._lock = threading.Lock()
        self.kill_caller: Callable[[str], None] = lambda _: None
        self.answer: Callable[[Call, Environ], Answer] = lambda *_: Answer(503)

    def throttle(self, **match: Any) -> Fault:
        """Throttle the call."""

        def strike(call: Call, _: Environ) -> Answer:
            code, status = THROTTLED.get(call.service, RATE_EXCEEDED)
            return call.error(code, "Rate exceeded", status)

        return self.add(strike, **match)

    def deny(self, *, scp: bool = False, **match: Any) -> Fault:
        """Deny the call for lack of a permission, or with `scp` by a service control policy."""

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
        """Fail with the service's internal error (or another 5xx `status`)."""

        def strike(call: Call, _: Environ) -> Answer:
            code = SERVER_ERRORS.get(call.service, "InternalFailure")
            if status == HTTPStatus.SERVICE_UNAVAILABLE:
                code = "ServiceUnavailable"
            return call.error(code, "Try again", status)

        return self.add(strike, **match)

    def error(self, code: str, message: str = "", status: int = 400, **match: Any) -> Fault:
        """Fail with any error code."""
        return self.add(lambda call, _: call.error(code, message or code, status), **match)

    def delay(self, seconds: float, **match: Any) -> Fault:
        """Delay the response: a client with a shorter read timeout gives up first."""

        def strike(_: Call, __: Environ) -> None:
            time.sleep(seconds)

        return self.add(strike, **match)

    def never_answer(self, **match: Any) -> Fault:
        """Make the calling function's client hit its read timeout at once.

        Needs an EmbeddedAws with a `time_scale`.
        """
        return self.add(lambda *_: Answer(NO_ANSWER), **match)

    def drop(self, **match: Any) -> Fault:
        """Close the connection without a response."""
        return self.add(_hang_up, **match)

    def kill(self, **match: Any) -> Fault:
        """Kill (SIGKILL) the calling Lambda execution environment, in any account."""

        def strike(call: Call, environ: Environ) -> None:
            self.kill_caller(call.principal.origin or call.principal.access_key)
            _hang_up(call, environ)

        return self.add(strike, **match)

    def bend(self, bend: Bend, **match: Any) -> Fault:
        """Replace the response by the result of `bend(call, response)`.

        Responses have the form of boto3's parsers. Errors are not changed.
        """

        def strike(call: Call, environ: Environ) -> Answer:
            answer = self.answer(call, environ)
            is_error = answer.status >= HTTPStatus.MULTIPLE_CHOICES
            return answer if is_error else call.result(bend(call, call.parse_answer(answer)))

        return self.add(strike, **match)

    def add(self, strike: Strike, **match: Any) -> Fault:
        """Add a rule with a custom effect."""
        fault = Fault(strike, self, **match)
        with self._lock:
            self._rules.append(fault)
        return fault

    def match(self, call: Call) -> Fault | None:
        """Return the first rule that applies to this call, and count it as used once."""
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
        """Remove one rule, if it is still active."""
        with self._lock:
            self._rules = [rule for rule in self._rules if rule is not fault]

    def clear(self) -> None:
        """Remove all rules."""
        with self._lock:
            self._rules.clear()


def _hang_up(_: Call, environ: Environ) -> None:
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError("dropped by a fault")
