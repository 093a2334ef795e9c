"""Findings of resources whose own policy lets everybody in."""

from collections.abc import Callable, Mapping
from typing import Any

from cidb2.items.findings.content import ask, flag, is_readable, member
from cidb2.items.findings.policies import lets_everybody_in
from cidb2.items.findings.rule import Finding, Rule
from cidb2.items.findings.verdicts import Verdict, and_, not_, or_
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
    "AWS::S3::AccessPoint": "Policy",
}
"""Types whose policy a call of its own tells, and the field that it is in."""

_MEMBERS = ("AWS::Events::EventBus", "AWS::SNS::Topic", "AWS::SQS::Queue")
"""Types whose policy is a member of the configuration, which AWS leaves out if there is none."""


def is_open(resource: Resource) -> Verdict:
    """Tell whether the policy of a resource lets everybody in, and nothing else keeps them out."""
    is_closed = _CLOSED.get(resource.resource_type)
    opens = _is_policy_open(resource)
    return and_(opens, not_(is_closed(resource))) if is_closed else opens


def _is_policy_open(resource: Resource) -> Verdict:
    if field := _FIELDS.get(resource.resource_type):
        return ask(resource, field, lets_everybody_in)
    if not is_readable(resource, "Policy") or resource.configuration is None:
        return None
    return _judge(member(resource, "Policy"))


def _judge(policy: Any) -> Verdict:
    if isinstance(policy, Mapping):
        return lets_everybody_in(policy)
    return False if policy in (None, "") else None


def _is_closed_point(point: Resource) -> Verdict:
    """Tell whether an access point is for a VPC only, or blocks public policies.

    The blocks of its bucket and account, which can be turned off at any time, do not count.
    """
    origin = member(point, "NetworkOrigin")
    block = member(point, "PublicAccessBlockConfiguration.RestrictPublicBuckets")
    return or_(origin == "VPC" if isinstance(origin, str) else None, flag(block))


_CLOSED: Mapping[str, Callable[[Resource], Verdict]] = {
    "AWS::S3::AccessPoint": _is_closed_point,
}
"""What keeps everybody out of resources of a type, whatever their policy says."""

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
