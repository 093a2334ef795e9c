"""The wire between the product and moto: it sees every product call and may answer it.

moto is the AWS of these tests. If AWS differs from moto, or to inject errors, a test adds rules
here. Responses use AWS's own protocols, so botocore's parsers, retries and hooks take part.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from threading import Lock, local
from typing import Any, Self
from unittest import mock
from xml.sax.saxutils import escape

from botocore import handlers
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.model import OperationModel
from moto.core.models import botocore_stubber
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from moto.iam.models import get_account_id_from

from cidb2.aws.connections import Connections

PRODUCT = "cidb2"
"""Part of the User-Agent of the product's clients; the tests' own calls bypass the wire."""

_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d{8}/([^/]*)/")
_ERRORS = {
    "query": "<ErrorResponse><Error>{}</Error></ErrorResponse>",
    "ec2": "<Response><Errors><Error>{}</Error></Errors></Response>",
    "rest-xml": "<Error>{}</Error>",
}


@dataclass(frozen=True)
class Call:
    """A request of the product, parsed; a retry is another call."""

    service: str
    operation: str
    region: str
    access_key: str
    parameters: Mapping[str, Any]

    @property
    def account(self) -> str:
        """The account that the credentials belong to."""
        return get_account_id_from(self.access_key)


@dataclass(frozen=True)
class Refusal:
    """An error response of AWS."""

    code: str
    message: str = "refused by a test"
    status: int = 403


Answer = Mapping[str, Any] | Refusal | None
"""boto3's form of the response; None passes the call to moto."""


@dataclass
class _Rule:
    operation: str
    respond: Callable[[Call], Answer]
    where: Mapping[str, Any]
    times: int | None

    def matches(self, call: Call) -> bool:
        if self.times == 0 or call.operation != self.operation:
            return False
        return all(_value(call, name) == value for name, value in self.where.items())


@dataclass
class Wire:
    """The recorded calls, and the rules for answering them; the latest rule comes first."""

    calls: list[Call] = field(default_factory=list)
    _rules: list[_Rule] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def answers(
        self,
        operation: str,
        answer: Answer | Callable[[Call], Answer],
        times: int | None = None,
        **where: Any,
    ) -> Self:
        """Answer calls of `operation`; `where` restricts the rule to parameters or a region."""
        respond = answer if callable(answer) else lambda _: answer
        self._rules.insert(0, _Rule(operation, respond, where, times))
        return self

    def refuses(
        self, operation: str, code: str, message: str = "refused by a test", **where: Any
    ) -> Self:
        """Answer calls of `operation` with an AWS error."""
        return self.answers(operation, Refusal(code, message), **where)

    def pages(
        self, operation: str, pages: Sequence[Mapping[str, Any]], paging: "Paging", **where: Any
    ) -> Self:
        """Answer calls of `operation` with `pages`, each for the token of the previous page."""
        return self.answers(operation, lambda call: paging.page(pages, call), **where)

    def of(self, operation: str, **where: Any) -> list[Call]:
        """Return the calls of an operation, in order."""
        wanted = _Rule(operation, lambda _: None, where, None)
        return [call for call in self.calls if wanted.matches(call)]

    def operations(self, service: str) -> set[str]:
        """Return the operations of a service that were called."""
        return {call.operation for call in self.calls if call.service == service}

    def respond(self, call: Call) -> Answer:
        """Record a call and return the response of the first matching rule."""
        with self._lock:
            self.calls.append(call)
            rules = [rule for rule in self._rules if rule.matches(call)]
        for rule in rules:
            answer = rule.respond(call)
            if answer is not None:
                rule.times = None if rule.times is None else rule.times - 1
                return answer
        return None


@dataclass(frozen=True)
class Paging:
    """An operation's pagination: its token names in request and response, and its flag for more.

    The tokens look like AWS's, and like ones that botocore decodes itself: base64 of JSON (used by
    EC2 and Organizations).
    """

    reads: str
    writes: str
    flag: str | None = None
    tokens: Sequence[str] = ("eyJ2IjoxfQ==", "eyJ2IjoyfQ==", "eyJ2IjozfQ==")

    def page(self, pages: Sequence[Mapping[str, Any]], call: Call) -> Mapping[str, Any]:
        token = call.parameters.get(self.reads)
        number = 0 if token is None else self.tokens.index(token) + 1
        page = dict(pages[number])
        is_last = number == len(pages) - 1
        if not is_last:
            page[self.writes] = self.tokens[number]
        if self.flag:
            page[self.flag] = not is_last
        return page


@contextmanager
def wired() -> Iterator[Wire]:
    """Insert a wire between botocore and moto during the block."""
    wire = Wire()
    moto = BotocoreStubber.__call__

    def intercept(
        stubber: BotocoreStubber, event_name: str, request: AWSPreparedRequest, **rest: Any
    ) -> AWSResponse | None:
        answered = _answered(wire, event_name, request)
        return answered or moto(stubber, event_name=event_name, request=request, **rest)

    def send(_: Connections, method: str, url: str, headers: Any, body: bytes) -> AWSResponse:
        """Stand in for the caller's connections, which emit no events for moto."""
        sent: Any = AWSPreparedRequest
        request = sent(method, url, HTTPHeaders.from_dict(headers), body, stream_output=False)
        event = ".".join(["before-send", *_under_way.last])
        response = intercept(botocore_stubber, event, request)
        assert response, "a call of the caller would leave the tests"
        return response

    with (
        mock.patch.object(BotocoreStubber, "__call__", intercept),
        mock.patch.object(Connections, "send", send),
    ):
        yield wire


# --- botocore's side ------------------------------------------------------------------------------

Rendered = tuple[int, dict[str, str], bytes]
"""Status, headers and body."""

_under_way = local()


def _remember(params: Mapping[str, Any], model: Any, context: Any, **_: Any) -> None:
    """Store the parameters of a call until its request is sent, later in the same thread."""
    own_name = model.service_model.service_id.hyphenize()
    _calls_under_way()[own_name, model.name] = (dict(params), model)
    if "client_config" not in context:  # the product's caller, which may call STS meanwhile
        _under_way.last = (own_name, model.name)


def _answered(wire: Wire, event_name: str, request: AWSPreparedRequest) -> AWSResponse | None:
    if PRODUCT not in str(request.headers["User-Agent"]):
        return None
    own_name, operation = event_name.split(".")[1:]
    parameters, model = _calls_under_way()[own_name, operation]
    service = model.service_model.service_name
    credential = _CREDENTIAL.search(str(request.headers["Authorization"]))
    assert credential
    answer = wire.respond(Call(service, operation, credential[2], credential[1], parameters))
    if answer is None:
        return None
    status, headers, body = rendered(service, model, answer)
    return AWSResponse(request.url, status, HTTPHeaders.from_dict(headers), _Raw(body))


def _calls_under_way() -> dict[tuple[str, str], tuple[dict[str, Any], Any]]:
    if not hasattr(_under_way, "calls"):
        _under_way.calls = {}
    calls: dict[tuple[str, str], tuple[dict[str, Any], Any]] = _under_way.calls
    return calls


def rendered(service: str, model: Any, answer: Mapping[str, Any] | Refusal) -> Rendered:
    """Return a response in the service's protocol."""
    protocol = model.service_model.resolved_protocol
    if isinstance(answer, Refusal):
        return answer.status, {}, _rendered_refusal(protocol, answer).encode()
    done = get_serializer_class(service, protocol)(_model(service, model.name)).serialize(answer)
    body = done["body"]
    encoded = body.encode() if isinstance(body, str) else body
    return done["status_code"], dict(done["headers"]), encoded


@cache
def _model(service: str, operation: str) -> OperationModel:
    model: OperationModel = get_service_model(service).operation_model(operation)
    return model


def _rendered_refusal(protocol: str, refusal: Refusal) -> str:
    if protocol in ("json", "rest-json"):
        return json.dumps({"__type": refusal.code, "message": refusal.message})
    inner = f"<Code>{refusal.code}</Code><Message>{escape(refusal.message)}</Message>"
    return _ERRORS[protocol].format(inner)


def _value(call: Call, name: str) -> Any:
    return getattr(call, name) if hasattr(call, name) else call.parameters.get(name)


class _Raw(BytesIO):
    """The body of a response, in the form that botocore reads."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


handlers.BUILTIN_HANDLERS.append(("before-parameter-build", _remember))
