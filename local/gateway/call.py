"""One request to the embedded AWS, parsed: its service, operation, caller and region.

Routing and parsing use botocore's service models (through moto's protocol parsers), so every
service and protocol of boto3 is supported.
"""

import functools
import io
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape

from botocore.parsers import create_parser
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import get_serializer_class
from werkzeug.exceptions import NotFound

from local.gateway.identity import Principal

Environ = dict[str, Any]
StartResponse = Callable[..., Any]

CREDENTIAL = re.compile(r"Credential=([^/]+)/\d{8}/([^/]*)/([^/]+)/aws4_request")

CLIENT_NAMES = {
    "access-analyzer": "accessanalyzer",
    "elasticfilesystem": "efs",
    "elasticloadbalancing": "elbv2",
    "elasticmapreduce": "emr",
    "es": "opensearch",
    "monitoring": "cloudwatch",
    "ses": "sesv2",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
}
"""Boto3's client names, where they differ from the service's name in the signature."""
S3_CONTROL = "/v20180820/"
"""Path prefix of S3 Control."""
SIGNED_ALIKE = (
    ("apigateway", re.compile(rb"/v2/"), "apigatewayv2"),
    ("elasticloadbalancing", re.compile(rb".*[?&]Version=2012-06-01"), "elb"),
    ("s3", re.compile(S3_CONTROL.encode()), "s3control"),
)
"""Clients that share another's signing name; the start of path and body tells them apart."""


@dataclass(frozen=True)
class Answer:
    """An HTTP response that the front sends without calling moto."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, start_response: StartResponse) -> Iterable[bytes]:
        """Send the response, as a WSGI application."""
        headers = {**self.headers, "Content-Length": str(len(self.body))}
        start_response(f"{self.status} {HTTPStatus(self.status).phrase}", [*headers.items()])
        return [self.body]


@dataclass
class Call:
    """A signed request: `service` is boto3's client name, `operation` the API operation's name.

    `signed_for` is the service's name in the signature.
    """

    service: str
    signed_for: str
    operation: str
    region: str
    principal: Principal
    model: OperationModel
    protocol: str
    request: Request
    uri_parameters: dict[str, Any]
    body: bytes
    status: int = 0  # HTTP status of the response; 0 before it is known

    @property
    def account(self) -> str:
        """The account that the caller's credentials belong to."""
        return self.principal.account

    @functools.cached_property
    def parameters(self) -> dict[str, Any]:
        """The call's parameters, as passed to boto3."""
        parser = PROTOCOL_PARSERS[self.protocol](self.model, map_type=dict)
        parsed: dict[str, Any] = parser.parse(
            {
                "method": self.request.method,
                "values": self.request.values,
                "headers": self.request.headers,
                "body": self.request.data,
                "url_path": self.request.path,
                "url_params": self.uri_parameters,
            }
        )
        return parsed

    def result(self, value: dict[str, Any]) -> Answer:
        """Return `value`, in boto3's response shape, as a successful response of the protocol."""
        serializer = get_serializer_class(self.service, self.protocol)(self.model)
        done = serializer.serialize(value)
        body = done["body"]
        return Answer(
            done["status_code"],
            body.encode() if isinstance(body, str) else body,
            dict(done["headers"]),
        )

    def parse_answer(self, answer: Answer) -> dict[str, Any]:
        """Return a response to this call, parsed into the shape that `result` takes."""
        shape = self.model.output_shape
        if shape is None:
            return {}
        parsed: dict[str, Any] = create_parser(self.protocol).parse(
            {"status_code": answer.status, "headers": answer.headers, "body": answer.body},
            shape,
        )
        del parsed["ResponseMetadata"]
        return parsed

    def error(self, code: str, message: str, status: int) -> Answer:
        """Return an error response in this call's protocol."""
        request_id = str(uuid4())
        if "json" in self.protocol:
            body = json.dumps({"__type": code, "message": message, "Message": message})
            headers = {
                "Content-Type": "application/x-amz-json-1.0",
                "x-amzn-ErrorType": code,
                "x-amzn-RequestId": request_id,
            }
            return Answer(status, body.encode(), headers)
        kind = "Sender" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "Receiver"
        inner = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
        body = {
            "ec2": f"<Response><Errors><Error>{inner}</Error></Errors>"
            f"<RequestID>{request_id}</RequestID></Response>",
            "rest-xml": f"<Error>{inner}<RequestId>{request_id}</RequestId></Error>",
        }.get(
            self.protocol,
            f"<ErrorResponse><Error><Type>{kind}</Type>{inner}</Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>",
        )
        return Answer(status, body.encode(), {"Content-Type": "text/xml"})


def parse_call(environ: Environ, identify: Callable[[str], Principal]) -> Call | None:
    """Return the AWS call in a WSGI request, or None if the request is not signed.

    The body is read and restored, so the request can be passed on.
    """
    signature = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    if not signature:
        return None
    access_key, region, signed_for = signature.groups()
    body = b""
    if length := int(environ.get("CONTENT_LENGTH") or 0):
        body = environ["wsgi.input"].read(length)
        environ["wsgi.input"] = io.BytesIO(body)
    service = _client_name(signed_for, environ["PATH_INFO"].encode() + b"?" + body)
    request = Request({**environ, "wsgi.input": io.BytesIO(body)})
    try:
        model, uri_parameters = get_service_router(service).match(request)
    except NotFound:
        return None
    protocol = determine_request_protocol(model.service_model, request.content_type)
    return Call(
        service=service,
        signed_for=signed_for,
        operation=model.name,
        region=region,
        principal=identify(access_key),
        model=model,
        protocol=protocol,
        request=request,
        uri_parameters=uri_parameters,
        body=body,
    )


def _client_name(signed_for: str, sent: bytes) -> str:
    for name, pattern, client in SIGNED_ALIKE:
        if signed_for == name and pattern.match(sent):
            return client
    return CLIENT_NAMES.get(signed_for, signed_for)
