"""Starts MiniStack, and answers for it what it lacks: no account has a server certificate."""

from importlib import import_module
from typing import Any

NONE = (
    "<ListServerCertificatesResult><ServerCertificateMetadataList/>"
    "<IsTruncated>false</IsTruncated></ListServerCertificatesResult>"
)
IAM: Any = import_module("ministack.services.iam")


def list_server_certificates(_: Any) -> Any:
    """Name none.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServerCertificates.html
    """
    return IAM._xml(200, "ListServerCertificatesResponse", NONE, ns="iam")


if __name__ == "__main__":
    IAM._IAM_HANDLERS["ListServerCertificates"] = list_server_certificates
    import_module("ministack.app").main()
