"""The wire between the product and moto: it sees every call of the product, and may answer it.

moto is the AWS of these tests. Where AWS answers otherwise than moto, or refuses, a test says so
here. Answers go out in AWS's own protocols, so botocore's parsers, retries and hooks take part.
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
"""What the product's clients add to their User-Agent; the calls of tests themselves pass by."""

_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d{8}/([^/]*)/")
_ERRORS = {
    "query": "<ErrorResponse><Error>{}</Error></ErrorResponse>",
    "ec2": "<Response><Errors><Error>{}</Error></Errors></Response>",
    "rest-xml": "<Error>{}</Error>",
}


@dataclass(frozen=True)
class Call:
    """One request of the product, in AWS's own words; a retry is another call."""

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
    """AWS's answer to what it does not do."""

    code: str
    message: str = "refused by a test"
    status: int = 403


Answer = Mapping[str, Any] | Refusal | None
"""What boto3 would return; None leaves the call to moto."""


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
    """The calls that went over it, and the rules by which it answers; the latest rule first."""

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
        """Answer calls of `operation` from now on; `where` narrows them to parameters or region."""
        respond = answer if callable(answer) else lambda _: answer
        self._rules.insert(0, _Rule(operation, respond, where, times))
        return self

    def refuses(
        self, operation: str, code: str, message: str = "refused by a test", **where: Any
    ) -> Self:
        """Answer calls of `operation` with an error of AWS's."""
        return self.answers(operation, Refusal(code, message), **where)

    def pages(
        self, operation: str, pages: Sequence[Mapping[str, Any]], paging: "Paging", **where: Any
    ) -> Self:
        """Answer calls of `operation` with `pages`, each under the token that AWS gave before."""
        return self.answers(operation, lambda call: paging.page(pages, call), **where)

    def of(self, operation: str, **where: Any) -> list[Call]:
        """Return the calls of an operation so far, in order."""
        wanted = _Rule(operation, lambda _: None, where, None)
        return [call for call in self.calls if wanted.matches(call)]

    def operations(self, service: str) -> set[str]:
        """Return which operations of a service were called."""
        return {call.operation for call in self.calls if call.service == service}

    def respond(self, call: Call) -> Answer:
        """Note a call and return the answer of the first rule that has one."""
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
    """How an operation pages: the token's name going in and coming out, and the flag for more.

    The tokens are such as AWS gives, and such as botocore takes for its own when handed them
    back: base64 of JSON (EC2's and Organizations' are).
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
    """Put a wire between botocore and moto while the block lasts."""
    wire = Wire()
    moto = BotocoreStubber.__call__

    def intercept(
        stubber: BotocoreStubber, event_name: str, request: AWSPreparedRequest, **rest: Any
    ) -> AWSResponse | None:
        answered = _answered(wire, event_name, request)
        return answered or moto(stubber, event_name=event_name, request=request, **rest)

    def send(_: Connections, method: str, url: str, headers: Any, body: bytes) -> AWSResponse:
        """Stand for the connections of the caller, which emits no events for moto."""
        sent: Any = AWSPreparedRequest
        request = sent(method, url, HTTPHeaders.from_dict(headers), body, stream_output=False)
        event = ".".join(["before-send", *_under_way.last])
        response = intercept(botocore_stubber, event, request)
        assert response, "no call of the caller leaves the tests"
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
    """Keep the parameters of a call until its request goes out, later in the same thread."""
    own_name = model.service_model.service_id.hyphenize()
    _calls_under_way()[own_name, model.name] = (dict(params), model)
    if "client_config" not in context:  # a call of the caller, which may call STS meanwhile
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
    """Return an answer in the protocol in which botocore talks to the service."""
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
    """The body of an answer, as botocore reads it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


handlers.BUILTIN_HANDLERS.append(("before-parameter-build", _remember))
