"""Findings of resources whose own policy lets everybody in."""

from collections.abc import Mapping
from typing import Any

from cidb2.items.findings.content import ask, is_readable, member
from cidb2.items.findings.policies import lets_everybody_in
from cidb2.items.findings.rule import Finding, Rule
from cidb2.items.findings.verdicts import Verdict
from cidb2.items.item import Effect
from cidb2.items.resource import Resource

_FIELDS = {
    "AWS::Backup::BackupVault": "AccessPolicy",
    "AWS::DynamoDB::Table": "Policy",
    "AWS::ECR::Repository": "Policy",
    "AWS::EFS::FileSystem": "Policy",
    "AWS::KMS::Key": "Policy",
    "AWS::Kinesis::Stream": "ResourcePolicy",
    "AWS::MSK::Cluster": "ClusterPolicy",
    "AWS::MSK::ServerlessCluster": "ClusterPolicy",
    "AWS::SecretsManager::Secret": "ResourcePolicy",
}
"""Types whose policy a call of its own tells, and the field that it is in."""

_MEMBERS = ("AWS::Events::EventBus", "AWS::SNS::Topic", "AWS::SQS::Queue")
"""Types whose policy is a member of the configuration, which AWS leaves out if there is none."""


def is_open(resource: Resource) -> Verdict:
    """Tell whether the policy of a resource lets everybody in."""
    if field := _FIELDS.get(resource.resource_type):
        return ask(resource, field, lets_everybody_in)
    if not is_readable(resource, "Policy") or resource.configuration is None:
        return None
    return _judge(member(resource, "Policy"))


def _judge(policy: Any) -> Verdict:
    if isinstance(policy, Mapping):
        return lets_everybody_in(policy)
    return False if policy in (None, "") else None


RULES = (
    Rule(
        Finding.PUBLIC_RESOURCE_POLICY,
        types=(*_FIELDS, *_MEMBERS),
        judge=is_open,
        title="Resources whose policy lets everybody in",
        advice=(
            "Name the principals in the policy, or add a condition that only they satisfy, such as "
            "aws:PrincipalOrgID or aws:SourceArn."
        ),
        page=(
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
            "reference_policies_elements_principal.html"
        ),
        effect=Effect.EXPOSURE_WIDENED,
    ),
)
