"""Findings of EC2 instances."""

from cidb2.items.findings.content import mapping
from cidb2.items.findings.rule import Finding, Rule
from cidb2.items.findings.verdicts import Verdict
from cidb2.items.resource import Resource


def has_imdsv1(instance: Resource) -> Verdict:
    """Tell whether an instance serves its metadata without a session token."""
    configuration = instance.configuration or {}
    options = mapping(configuration.get("MetadataOptions"))
    is_gone = mapping(configuration.get("State")).get("Name") == "terminated"
    if is_gone or options.get("HttpEndpoint") == "disabled":
        return False
    tokens = options.get("HttpTokens")
    return tokens == "optional" if tokens in ("optional", "required") else None


RULES = (
    Rule(
        Finding.INSTANCE_WITH_IMDSV1,
        types=("AWS::EC2::Instance",),
        judge=has_imdsv1,
        title="Instances that accept IMDSv1",
        advice=(
            "aws ec2 modify-instance-metadata-options --instance-id <instance> "
            "--http-tokens required"
        ),
    ),
)
