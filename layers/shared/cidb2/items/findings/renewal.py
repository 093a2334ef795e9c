"""Findings of what is not renewed in time: certificates that end, secrets that never change."""

from datetime import timedelta

from cidb2.items.findings.content import flag, is_before, is_readable, member
from cidb2.items.findings.rule import Finding, Rule
from cidb2.items.findings.verdicts import Verdict, and_, not_
from cidb2.items.resource import Resource

SOON = timedelta(days=30)
_ENDS = {
    "AWS::CertificateManager::Certificate": "NotAfter",
    "AWS::IAM::ServerCertificate": "Expiration",
}
_NEVER_VALID = ("PENDING_VALIDATION", "VALIDATION_TIMED_OUT", "FAILED", "REVOKED")
"""States of a certificate in ACM that is not, or no more, in force, whatever its dates."""


def ends_soon(certificate: Resource) -> Verdict:
    """Tell whether a certificate has ended when it was read, or ends within 30 days from then."""
    if member(certificate, "Status") in _NEVER_VALID:
        return False
    end = member(certificate, _ENDS[certificate.resource_type])
    return is_before(end, certificate.captured_at + SOON)


def never_rotates(secret: Resource) -> Verdict:
    """Tell whether a secret has no rotation.

    ListSecrets leaves `RotationEnabled` out where rotation was never set up. A replica is rotated
    with its primary secret, and one that is to be deleted need not rotate.
    """
    if not is_readable(secret, "RotationEnabled") or secret.configuration is None:
        return None
    primary = member(secret, "PrimaryRegion")
    return and_(
        not_(flag(secret.configuration.get("RotationEnabled", False))),
        member(secret, "DeletedDate") is None,
        primary is None or primary == secret.region,
    )


RULES = (
    Rule(
        Finding.CERTIFICATE_ENDS_SOON,
        types=(*_ENDS,),
        judge=ends_soon,
        title="Certificates that end within 30 days",
        advice=(
            "Import the renewed certificate. One that ACM issued renews itself once its domains "
            "are validated; delete it if nothing uses it."
        ),
        page="https://docs.aws.amazon.com/acm/latest/userguide/check-certificate-renewal-status.html",
    ),
    Rule(
        Finding.SECRET_WITHOUT_ROTATION,
        types=("AWS::SecretsManager::Secret",),
        judge=never_rotates,
        title="Secrets that are not rotated",
        advice=(
            "aws secretsmanager rotate-secret --secret-id <secret> "
            "--rotation-lambda-arn <function> --rotation-rules AutomaticallyAfterDays=30"
        ),
        page="https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html",
    ),
)
