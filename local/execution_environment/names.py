"""Resolves host names that consist of an account id and an IP address.

The host of S3 Control begins with the account id. botocore does the same with any custom endpoint:
123456789012.127.0.0.1 is the embedded AWS at 127.0.0.1.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetPublicAccessBlock.html
"""

from collections.abc import Callable
from typing import Any

HERE = "127.0.0.1"


def knowing_accounts(getaddrinfo: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap `socket.getaddrinfo` to resolve any name below 127.0.0.1 to that address."""

    def resolve(host: Any, *arguments: Any, **options: Any) -> Any:
        is_below = isinstance(host, str) and host.endswith(f".{HERE}")
        return getaddrinfo(HERE if is_below else host, *arguments, **options)

    return resolve
