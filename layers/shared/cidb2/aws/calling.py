"""A call of AWS: botocore's request and answer, without a client of botocore's.

A client costs 5 to 16 ms for each service and region, and half of a call's CPU is the client's own.
Here botocore's parts are used one after the other: its serializers, rules of endpoints, signer,
retries and parsers. Of its events those remain by which it corrects what models say of a service.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from time import sleep
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from botocore.awsrequest import AWSResponse, prepare_request_dict
from botocore.exceptions import ConnectionError as NoConnectionError
from botocore.exceptions import HTTPClientError
from botocore.model import OperationModel

from cidb2.aws.connections import Connections
from cidb2.aws.counts import Counts
from cidb2.aws.endpoints import refuse_unknown_name
from cidb2.aws.protocols import Protocol
from cidb2.aws.rates import OperationRate
from cidb2.aws.retries import Outcome, Retries
from cidb2.aws.signing import sign

Answer = dict[str, Any]
Request = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """What the calls of one account have in common."""

    account_id: str
    credentials: Any
    connections: Connections
    counts: Counts
    attempts: int
    user_agent: str


class Endpoint:
    """A service in a region, called on behalf of one account. Safe to use from several threads."""

    def __init__(self, protocol: Protocol, region: str, line: Line) -> None:
        self.protocol = protocol
        self.region = region
        self._line = line
        self._retries = Retries(line.attempts)
        self._rates: defaultdict[str, OperationRate] = defaultdict(OperationRate)

    def call(self, operation: str, params: dict[str, Any]) -> Answer:
        """Return what an operation answers; raises what a client of botocore raises."""
        emit = self.protocol.events.emit
        model = self.protocol.model.operation_model(operation)
        event = f"{self.protocol.service_id}.{operation}"
        context: dict[str, Any] = {"client_region": self.region}
        emit(f"before-parameter-build.{event}", params=params, model=model, context=context)
        request = self._request(model, params, context)
        emit(f"before-call.{event}", params=request, model=model, context=context)
        if isinstance(request["body"], dict):
            request["body"] = urlencode(request["body"]).encode()
        http, answer = self._answered(model, request)
        emit(f"after-call.{event}", http_response=http, parsed=answer, model=model, context=context)
        if http.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            code = context.get("error_code_override") or answer.get("Error", {}).get("Code")
            raise self.protocol.exceptions.from_code(code)(answer, operation)
        return answer

    def _request(
        self, model: OperationModel, params: dict[str, Any], context: dict[str, Any]
    ) -> Request:
        line = self._line
        route = self.protocol.route(model, self.region, line.account_id, params)
        request = self.protocol.serialize(model, params)
        request["headers"].update(route.headers)
        context["auth_type"], context["signing"] = route.auth_type, route.signing
        context["retries"] = {"invocation-id": str(uuid4())}
        prepare_request_dict(request, route.url, context, line.user_agent)
        return request

    def _answered(self, model: OperationModel, request: Request) -> tuple[AWSResponse, Answer]:
        """Return the response to the last attempt and what it says, or raise why there is none."""
        attempt = 1
        outcome = self._attempt(model, request, attempt)
        while (wait := self._retries.wait(attempt, model, outcome, request["context"])) is not None:
            sleep(wait)
            attempt += 1
            outcome = self._attempt(model, request, attempt)
        if isinstance(outcome, Exception):
            raise outcome
        outcome[1].setdefault("ResponseMetadata", {})["RetryAttempts"] = attempt - 1
        return outcome

    def _attempt(self, model: OperationModel, request: Request, attempt: int) -> Outcome:
        """Send a request once, and count it; EndpointNotOfferedError where nobody takes it."""
        request["context"]["retries"]["attempt"] = attempt
        rate, name = self._rates[model.name], f"{self.protocol.model.service_name}:{model.name}"
        rate.wait()
        signed = sign(request, self._line.credentials)
        size, answer = 0, None
        try:
            http = self._line.connections.send(
                signed.method, signed.url, signed.headers, signed.body
            )
            size = len(http.content)
            answer = self.protocol.parse(model, _response(http))
        except (HTTPClientError, NoConnectionError) as error:
            refuse_unknown_name(self.protocol.model.endpoint_prefix, self.region, error)
            return error
        finally:
            self._line.counts.add(self.region, name, rate, answer, size)
        return http, answer


def _response(http: AWSResponse) -> Mapping[str, Any]:
    return {"status_code": http.status_code, "headers": http.headers, "body": http.content}
