"""The deployer changes a stack of the real template in place, whatever parameter changes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from local.embedded import EmbeddedAws
from tests.support.template import TEMPLATE, parsed

pytestmark = pytest.mark.integration

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


def another(name: str, rules: dict[str, Any]) -> str:
    """Return a value of a parameter that is allowed and not its default."""
    if "AllowedValues" in rules:
        return next(str(value) for value in rules["AllowedValues"] if value != rules["Default"])
    return str(rules["Default"] + 1) if rules["Type"] == "Number" else TEXTS[name]


CHANGED = {name: another(name, rules) for name, rules in parsed(TEMPLATE)["Parameters"].items()}


@dataclass(frozen=True)
class Updated:
    """A stack that was created with the defaults and then changed, and its names before."""

    aws: EmbeddedAws
    before: dict[str, str]
    uses_of_its_key: int

    @property
    def after(self) -> dict[str, str]:
        return physical_ids(self.aws)


def places_of(aws: EmbeddedAws, text: str) -> int:
    """Return how often a text stands in what was deployed."""
    return json.dumps([each.properties for each in aws.stack.resources.values()]).count(text)


def physical_ids(aws: EmbeddedAws) -> dict[str, str]:
    return {name: each.physical_id for name, each in aws.stack.resources.items()}


@pytest.fixture(scope="module")
def updated() -> Iterator[Updated]:
    with EmbeddedAws(TEMPLATE) as aws:
        before = physical_ids(aws)
        uses = places_of(aws, aws.stack.resources["DataKey"].attributes["Arn"])
        aws.deploy(TEMPLATE, CHANGED)
        yield Updated(aws, before, uses)


def test_nothing_is_replaced_and_only_what_a_condition_rules_comes_and_goes(
    updated: Updated,
) -> None:
    before, after = updated.before, updated.after
    assert before.keys() - after.keys() == {"DataKey", "InitializerOrganizationPolicy"}
    assert after.keys() - before.keys() == {
        "AlarmEmailSubscription",
        "ReportEmailSubscription",
        "InitializerOrganizationsRolePolicy",
    }
    assert {name: after[name] for name in before.keys() & after} == {
        name: before[name] for name in before.keys() & after
    }


def test_a_key_of_its_own_is_replaced_everywhere_by_one_that_is_given(updated: Updated) -> None:
    assert places_of(updated.aws, updated.before["DataKey"]) == 0
    assert places_of(updated.aws, CHANGED["EncryptionKeyArn"]) == updated.uses_of_its_key > 15


def test_the_stack_shows_the_new_values(updated: Updated) -> None:
    [shown] = updated.aws.client("cloudformation").describe_stacks()["Stacks"]
    told = {each["ParameterKey"]: each["ParameterValue"] for each in shown["Parameters"]}
    assert told == CHANGED


def test_the_services_know_of_it(updated: Updated) -> None:
    aws, ids = updated.aws, updated.after
    table = aws.client("dynamodb").describe_table(TableName=ids["InventoryTable"])["Table"]
    assert table["DeletionProtectionEnabled"] is True
    assert table["SSEDescription"]["KMSMasterKeyArn"] == CHANGED["EncryptionKeyArn"]
    [group] = aws.client("logs").describe_log_groups(logGroupNamePrefix=ids["ReporterLogGroup"])[
        "logGroups"
    ]
    assert group["kmsKeyId"] == CHANGED["EncryptionKeyArn"]
    rules = aws.client("s3").get_bucket_lifecycle_configuration(Bucket=ids["ResultsBucket"])
    assert rules["Rules"][0]["Expiration"]["Days"] == int(CHANGED["RunRetentionDays"])
    policy = aws.client("iam").get_role_policy(
        RoleName=ids["S3CollectorRole"], PolicyName="collect"
    )
    statements = policy["PolicyDocument"]["Statement"]
    [entering] = [each for each in statements if each["Sid"] == "EnterMemberAccounts"]
    assert entering["Resource"] == "arn:aws:iam::*:role/Another-Role"
    group = aws.client("athena").get_work_group(WorkGroup=ids["LakeWorkGroup"])["WorkGroup"]
    limit = group["Configuration"]["BytesScannedCutoffPerQuery"]
    assert str(limit) == CHANGED["LakeScanLimitBytes"]
    table = aws.client("glue").get_table(DatabaseName=ids["LakeDatabase"], Name="items")["Table"]
    days = f"NOW-{CHANGED['LakeRetentionDays']}DAYS,NOW"
    assert table["Parameters"]["projection.run_date.range"] == days
    schedule = aws.client("scheduler").get_schedule(Name=ids["InventorySchedule"])
    assert (schedule["State"], schedule["ScheduleExpression"]) == ("ENABLED", "rate(2 days)")
