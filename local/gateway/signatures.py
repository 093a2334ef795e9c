"""Verifies signatures: only keys issued by this process are accepted.

Any user of this machine can connect to a port of 127.0.0.1. The embedded AWS runs functions and,
for real accounts, signs with the user's credentials.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
"""

import hmac
import re
from typing import Any

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from local.gateway.call import CREDENTIAL, Call
from local.gateway.identity import PARTITION

SIGNED_HEADERS = re.compile(r"SignedHeaders=([^,\s]+)")
SIGNATURE = re.compile(r"Signature=(\w+)")


def is_signed(call: Call) -> bool:
    """Return whether the request, as received, is signed with the secret of its access key.

    An unknown key has no secret. For S3, the signature covers the body's declared checksum instead
    of the body, as on AWS.
    """
    secret = _secret_of(call)
    authorization = call.request.headers.get("Authorization", "")
    scope, names = CREDENTIAL.search(authorization), SIGNED_HEADERS.search(authorization)
    given = SIGNATURE.search(authorization)
    if not (secret and scope and names and given):
        return False
    try:
        signature = _signature(call, secret, scope[3], names[1].split(";"))
    except KeyError:  # a header listed as signed is missing
        return False
    return hmac.compare_digest(signature, given[1])


def _signature(call: Call, secret: str, service: str, names: list[str]) -> str:
    asked = call.request
    headers = {name: asked.headers[name] for name in names}
    url = f"http://{asked.headers['Host']}{asked.environ['RAW_URI']}"
    request = AWSRequest(asked.method, url, headers, call.body)
    request.context["timestamp"] = asked.headers["X-Amz-Date"]
    sign = S3SigV4Auth if service == "s3" else SigV4Auth
    keys = Credentials(call.principal.access_key, secret)
    signer: Any = sign(keys, service, call.region)
    text = signer.string_to_sign(request, signer.canonical_request(request))
    return str(signer.signature(text, request))


def _secret_of(call: Call) -> str:
    key, account = call.principal.access_key, call.account
    session = sts_backends[account][PARTITION].get_assumed_role_from_access_key(key)
    known = session or iam_backends[account][PARTITION].access_keys.get(key)
    return str(known.secret_access_key) if known else ""
