"""Names that the resolver does not know: those that begin with an account and end in an address.

S3 Control's host begins with the account that is meant, and so does, for botocore, the host of any
endpoint that stands in its place: 123456789012.127.0.0.1 is the embedded AWS at 127.0.0.1.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetPublicAccessBlock.html
"""

from collections.abc import Callable
from typing import Any

HERE = "127.0.0.1"


def knowing_accounts(getaddrinfo: Callable[..., Any]) -> Callable[..., Any]:
    """Return `socket.getaddrinfo` as it is, but for names below this machine's address."""

    def resolve(host: Any, *arguments: Any, **options: Any) -> Any:
        is_below = isinstance(host, str) and host.endswith(f".{HERE}")
        return getaddrinfo(HERE if is_below else host, *arguments, **options)

    return resolve
