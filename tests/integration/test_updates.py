"""Whatever parameter changes, CloudFormation changes the stack's resources in place.

AWS's resource schemas, which cfn-lint brings, say which properties replace a resource instead:
https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from local.deployment.intrinsics import Resolver
from local.deployment.parameters import parameter_values
from local.deployment.template import load_template
from tests.support.template import TEMPLATE, parsed

pytestmark = pytest.mark.integration

REGION = "us-east-1"
DECLARED = parsed(TEMPLATE)["Parameters"]
TEXTS = {
    "AlarmEmail": "security@example.com",
    "CollectorRoleName": "Another-Role",
    "EncryptionKeyArn": "arn:aws:kms:us-east-1:123456789012:key/of-our-own",
    "ExcludedAccounts": "234567890123",
    "ExcludedRegions": "ap-east-1, me-south-1",
    "ExternalId": "for-us-only",
    "InventoryScheduleExpression": "rate(2 days)",
    "InventoryScheduleInput": '{"config": {"publish": "changes"}}',
    "OrganizationId": "o-abcde12345",
    "OrganizationsRoleArn": "arn:aws:iam::999999999999:role/Reads-The-Organisation",
    "PriceOverrides": "snsRequests=0.00000055",
    "RedriveRoleArns": "arn:aws:iam::123456789012:role/Operations",
    "ReportEmail": "platform@example.com",
    "TargetAccounts": "123456789012",
}
"""Other values of the parameters that are neither numbers nor a choice."""

COMES_AND_GOES = {
    "AlarmEmail": {"AlarmEmailSubscription"},
    "EncryptionKeyArn": {"DataKey"},
    "OrganizationsRoleArn": {"InitializerOrganizationPolicy", "InitializerOrganizationsRolePolicy"},
    "ReportEmail": {"ReportEmailSubscription"},
}
"""The resources that a parameter's condition rules."""


def another(name: str) -> str:
    """Return a value of a parameter that is allowed and not its default."""
    rules = DECLARED[name]
    if "AllowedValues" in rules:
        return next(str(value) for value in rules["AllowedValues"] if value != rules["Default"])
    return str(rules["Default"] + 1) if rules["Type"] == "Number" else TEXTS[name]


@cache
def stack(**given: str) -> dict[str, dict[str, Any]]:
    """Return the resources of a stack with these parameters; references stay names."""
    template = load_template(TEMPLATE, REGION, given, lambda _: "s3://artifacts/key")
    pseudo = {
        "AWS::AccountId": "123456789012",
        "AWS::Partition": "aws",
        "AWS::Region": REGION,
        "AWS::StackId": f"arn:aws:cloudformation:{REGION}:123456789012:stack/cidb2/1c0d2c90-8f5b",
        "AWS::StackName": "cidb2",
        "AWS::URLSuffix": "amazonaws.com",
    }
    resolver = Resolver(
        references={
            **pseudo,
            **{name: f"<{name}>" for name in template["Resources"]},
            **parameter_values(template["Parameters"], given),
        },
        attribute=lambda name, attribute: f"<{name}.{attribute}>",
        mappings=template.get("Mappings", {}),
        conditions=template["Conditions"],
    )
    return {
        name: {"Type": one["Type"], "Properties": resolver.resolve(one.get("Properties", {}))}
        for name, one in template["Resources"].items()
        if "Condition" not in one or resolver.holds(one["Condition"])
    }


def at(pointer: str, resource: Mapping[str, Any]) -> Any:
    """Return what stands in a resource at a pointer such as /properties/TableInput/Name."""
    found: Any = resource["Properties"]
    for part in pointer.removeprefix("/properties/").split("/"):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def replacing(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """Return the properties that differ and replace the resource."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, before["Type"]).schema
    fixed = schema.get("createOnlyProperties", [])
    return {pointer for pointer in fixed if at(pointer, before) != at(pointer, after)}


@pytest.mark.parametrize("parameter", DECLARED)
def test_nothing_is_replaced_and_only_what_a_condition_rules_comes_and_goes(parameter: str) -> None:
    before, after = stack(), stack(**{parameter: another(parameter)})
    assert before != after
    assert before.keys() ^ after.keys() == COMES_AND_GOES.get(parameter, set())
    for name in before.keys() & after.keys():
        assert replacing(before[name], after[name]) == set(), name


def test_a_changed_name_would_be_a_replacement() -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "one"}}
    other = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "two"}}
    assert replacing(queue, other) == {"/properties/QueueName"}


def test_a_key_of_its_own_is_replaced_everywhere_by_one_that_is_given() -> None:
    given = another("EncryptionKeyArn")
    own, brought = (json.dumps(each) for each in (stack(), stack(EncryptionKeyArn=given)))
    assert "<DataKey" not in brought
    assert brought.count(given) == own.count("<DataKey.Arn>") > 15
