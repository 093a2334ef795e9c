"""The rules of all services, in the order of the report."""

from collections import defaultdict
from collections.abc import Mapping

from cidb2.items.findings import (
    databases,
    ec2,
    ec2_networks,
    ec2_storage,
    encryption,
    end_of_support,
    iam,
    kms,
    lambda_,
    listeners,
    renewal,
    resource_policies,
    s3,
    trails,
)
from cidb2.items.findings.rule import Finding, Rule
from cidb2.items.findings.verdicts import Verdict
from cidb2.items.resource import Resource

Verdicts = Mapping[Finding, Verdict]
"""What the rules of a type say of one resource."""

RULES = (
    *s3.RULES,
    *kms.RULES,
    *iam.RULES,
    *ec2_networks.RULES,
    *ec2_storage.RULES,
    *encryption.DISKS,
    *ec2.RULES,
    *lambda_.RULES,
    *databases.RULES,
    *resource_policies.RULES,
    *encryption.RULES,
    *renewal.RULES,
    *trails.RULES,
    *end_of_support.RULES,
    *listeners.RULES,
)


def _by_type() -> dict[str, list[Rule]]:
    rules: defaultdict[str, list[Rule]] = defaultdict(list)
    for rule in RULES:
        for resource_type in rule.types:
            rules[resource_type].append(rule)
    return {**rules}


BY_TYPE = _by_type()


def verdicts_of(resource: Resource) -> Verdicts:
    """Judge a resource by each rule of its type."""
    rules = BY_TYPE.get(resource.resource_type, ())
    return {rule.finding: rule.judge(resource) for rule in rules}
