"""The responses of services that have no resources, built from botocore's models."""

import io
import re
from http import HTTPStatus
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from benchmarks.request import Request
from benchmarks.sample import Reply
from cidb2.types.catalog import DECLARED
from local.gateway.call import parse_call
from local.gateway.identity import Principal

_ABSENT = {
    (service.client_of(each.listing), each.listing.operation): each.listing.absent[0]
    for service in DECLARED.values()
    for each in service.types
    if each.listing.absent
}
"""The error codes of listings that fail where nothing is configured, by client and operation."""

_VERSION = re.compile(rb"(?:^|&)Version=[\d-]+")
"""What tells the two APIs of Elastic Load Balancing apart."""

_SCALARS = {"boolean": False, "integer": 0, "long": 0}


class Emptiness:
    """Responds to each operation as if nothing existed: empty lists, zeros, settings off."""

    def __init__(self) -> None:
        self._replies: dict[tuple[str, str, bytes | None], Reply] = {}

    def answer(self, request: Request) -> Reply:
        """Return the response to a call to any service."""
        version = _VERSION.search(request.body)
        key = request.called.service, request.called.operation, version and version[0]
        if key not in self._replies:
            self._replies[key] = _reply(request)
        return self._replies[key]


def _reply(request: Request) -> Reply:
    account = request.called.account_id
    call = parse_call(_environ(request), lambda key: Principal(account, "", key))
    if not call:
        raise KeyError(f"no operation of AWS: {request.called}")
    shape, absent = call.model.output_shape, _ABSENT.get((call.service, call.operation))
    if absent:
        answer = call.error(absent, "not configured", HTTPStatus.BAD_REQUEST)
    else:
        answer = call.result(empty(shape) if shape else {})
    headers = {name: text for name, text in answer.headers.items() if name != "Content-Length"}
    return Reply(answer.status, answer.body, headers)


def empty(shape: StructureShape) -> dict[str, Any]:
    """Return a structure without resources, in boto3's form. Texts are left out."""
    values = {name: _value(member) for name, member in shape.members.items()}
    return {name: value for name, value in values.items() if value is not None}


def _value(shape: Shape) -> Any:
    if isinstance(shape, ListShape):
        return []
    if isinstance(shape, MapShape):
        return {}
    if isinstance(shape, StructureShape):
        return empty(shape) or None
    return _SCALARS.get(shape.type_name)


def _environ(request: Request) -> dict[str, Any]:
    lines = request.head.decode("latin-1").split("\r\n")[1:]
    headers = dict(line.split(": ", 1) for line in lines)
    given = {f"HTTP_{name.upper().replace('-', '_')}": text for name, text in headers.items()}
    return {
        **given,
        "REQUEST_METHOD": request.method,
        "PATH_INFO": request.path,
        "QUERY_STRING": request.query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "CONTENT_LENGTH": str(len(request.body)),
        "CONTENT_TYPE": headers.get("Content-Type", ""),
    }
