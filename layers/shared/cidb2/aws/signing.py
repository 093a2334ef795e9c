"""Requests as botocore's signer takes them, with headers in plain dicts.

botocore keeps headers as the standard library keeps those of e-mails, which takes most of the time
of a signature. What is signed, and how, is left to botocore.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

from botocore.auth import SIGNED_HEADERS_BLACKLIST, SigV4Auth
from botocore.exceptions import UnsupportedSignatureVersionError
from botocore.handlers import add_retry_headers

_WITHOUT_LENGTH = ("GET", "HEAD", "OPTIONS")


@dataclass(slots=True)
class SignedRequest:
    """One attempt of a request, with the names that botocore's signer knows its parts by."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    context: dict[str, Any]
    params: Mapping[str, str] = field(default_factory=dict)


class _Headers(dict[str, str]):
    """Headers by their names in lower case; none comes twice."""

    def get_all(self, name: str) -> list[str]:
        return [self[name]]


class _Signer(SigV4Auth):
    def headers_to_sign(self, request: Any) -> Any:
        """Return what botocore itself signs."""
        lowered = {name.lower(): value for name, value in request.headers.items()}
        return _Headers(
            (name, value) for name, value in lowered.items() if name not in SIGNED_HEADERS_BLACKLIST
        )


def sign(request: Mapping[str, Any], credentials: Any) -> SignedRequest:
    """Return a request of botocore's as it goes out, signed by Signature Version 4.

    UnsupportedSignatureVersionError where its context asks for another signature.
    """
    context = request["context"]
    if context["auth_type"] != "v4":
        raise UnsupportedSignatureVersionError(signature_version=context["auth_type"])
    body = request["body"]
    body = body.encode() if isinstance(body, str) else body
    headers = {"Host": urlsplit(request["url"]).netloc, **request["headers"]}
    signed = SignedRequest(request["method"], request["url"], headers, body, context)
    signing = context["signing"]
    signer: Any = _Signer(
        credentials.get_frozen_credentials(), signing["signing_name"], signing["region"]
    )
    signer.add_auth(signed)
    add_retry_headers(cast("Any", signed))
    if signed.method not in _WITHOUT_LENGTH:
        headers["Content-Length"] = str(len(body))
    return signed
