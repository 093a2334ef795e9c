"""The front: the WSGI layer that every request to the embedded AWS passes through.

It parses and counts each request, applies faults and corrections, passes the rest to moto, and
shows every call to the observers.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from local.gateway import corrections, tracing
from local.gateway.call import Answer, Call, Environ, StartResponse, parse_call
from local.gateway.faults import Faults
from local.gateway.identity import Directory
from local.gateway.signatures import is_signed

Observer = Callable[[Call], None]
Service = Callable[[Call], Answer | None]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


@dataclass(frozen=True)
class CallKey:
    """The fields by which calls are counted."""

    account: str
    principal: str
    service: str
    operation: str
    region: str


class Calls:
    """How often each operation was called, by caller and place."""

    def __init__(self) -> None:
        self._counts: Counter[CallKey] = Counter()
        self._lock = threading.Lock()

    def add(self, call: Call) -> None:
        """Count one call."""
        key = CallKey(call.account, call.principal.arn, call.service, call.operation, call.region)
        with self._lock:
            self._counts[key] += 1

    def count(self, **match: str) -> int:
        """Return the number of calls, e.g. `count(service="sns", operation="PublishBatch")`."""
        return sum(
            count
            for key, count in self.items()
            if all(getattr(key, name) == value for name, value in match.items())
        )

    def items(self) -> list[tuple[CallKey, int]]:
        """Return all counts, the most frequent first."""
        with self._lock:
            return self._counts.most_common()

    def clear(self) -> None:
        """Reset all counts."""
        with self._lock:
            self._counts.clear()


class Front:
    """A WSGI application around moto's. Observers see every call once its status is known.

    Each of `services` may answer before moto; the first answer wins. With `only_signed`, a request
    is rejected unless it is signed with a key that was issued here.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._directory = Directory()
        self.calls = Calls()
        self.faults = Faults()
        self.faults.answer = self.answer
        self.observers: list[Observer] = []
        self.services: list[Service] = [corrections.answer]
        self.only_signed = False

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Respond to one request."""
        call = parse_call(environ, self._directory.identify)
        if self.only_signed and not (call and is_signed(call)):
            return _refuse(call)(start_response)
        if call is None:
            return self._application(environ, start_response)
        self.calls.add(call)
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = call.account

        def noting_status(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            call.status = int(status.split(maxsplit=1)[0])
            return start_response(status, headers, *rest)

        fault = self.faults.match(call)
        try:
            if fault and not fault.after:
                answer = fault.strike(call, environ)
                if answer:
                    return answer(noting_status)
            answer = self._own_answer(call)
            with tracing.following(tracing.header_of(call, environ)):
                body = (
                    answer(noting_status) if answer else self._application(environ, noting_status)
                )
            if (call.service, call.operation) == ("sts", "AssumeRole"):
                body = self._directory.note_session(call.principal, body)
            if fault and fault.after:
                fault.strike(call, environ)
            return body
        finally:
            for observe in list(self.observers):
                observe(call)

    def answer(self, call: Call, environ: Environ) -> Answer:
        """Return the full response to a call that no fault matches."""
        if answer := self._own_answer(call):
            return answer
        heads: list[tuple[str, list[tuple[str, str]]]] = []
        body = self._application(
            environ, lambda status, headers, *_: heads.append((status, headers))
        )
        content = b"".join(body)
        [(status, headers)] = heads
        return Answer(int(status.split(maxsplit=1)[0]), content, dict(headers))

    def _own_answer(self, call: Call) -> Answer | None:
        return next(filter(None, (ask(call) for ask in self.services)), None)


def _refuse(call: Call | None) -> Answer:
    message = "the embedded AWS only serves processes of its own run"
    return call.error("SignatureDoesNotMatch", message, 403) if call else Answer(403)
