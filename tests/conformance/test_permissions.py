"""MiniStack enforces what the templates allow: without an action, the run says what it lacks.

A narrow run of one account and region for each; what was known stays as it was.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

import pytest

from cidb2.types.actions import actions_of
from cidb2.types.catalog import DECLARED
from tests.conformance.deployment import MEMBER_STACK, STACK, Deployment, Row
from tests.conformance.emulator import HUB, REGION
from tests.conformance.planting import MEMBERS, SERVICES
from tests.conformance.policies import denied
from tests.support.template import MEMBER_TEMPLATE, parsed

MEMBER = MEMBERS[1]
"""Nothing of it is removed."""

NOT_ENFORCED = {
    # MiniStack denies these with the permission too (test_inventory), so nothing can be seen.
    "lambda:GetFunctionConcurrency",
    "lambda:ListFunctionUrlConfigs",
    "iam:ListServerCertificateTags",  # MiniStack has no server certificates
    "lambda:GetLayerVersionPolicy",  # MiniStack answers without the permission
    "s3:GetAccountPublicAccessBlock",  # MiniStack does not know the operation
    "s3:GetBucketPolicyStatus",  # MiniStack answers without a body
    "s3:GetBucketRequestPayment",  # MiniStack answers with the bucket's objects
    # MiniStack has no images or prefix lists to ask about, and does not know the settings.
    "ec2:DescribeImageAttribute",
    "ec2:GetEbsDefaultKmsKeyId",
    "ec2:GetInstanceMetadataDefaults",
    "ec2:GetManagedPrefixListEntries",
    "ec2:GetSnapshotBlockPublicAccessState",
}
LISTINGS = {f"ec2:{each.listing.operation}": each.listing.name for each in DECLARED["ec2"].types}
"""The name of each listing of EC2, by its action."""
OF_OTHERS = {
    action
    for service, declared in DECLARED.items()
    if service not in SERVICES
    for action in actions_of(declared)
}
"""What the statement of a planted service also allows: S3's has the actions of access points."""

OF_MINISTACK = {"REQUEST_REJECTED", "INCOMPLETE_ANSWER"}
"""What MiniStack answers of buckets: it does not know what their account blocks, and gives no body
where a bucket has no policy (test_inventory)."""

OF_THE_COLLECTOR = {
    "sts:AssumeRole": {"ROLE_DENIED": 1},
    "sns:PublishBatch": {"PUBLISH_FAILED": 1},  # MiniStack's name for what is sns:Publish on AWS
    # Of every error of a function MiniStack says Runtime.HandlerError; AWS: StorageRefusedError.
    "dynamodb:Query": {"INTERNAL": 1},
}


def allowed_in_members() -> Iterator[str]:
    """Yield every action that the collector role allows for the services that are planted."""
    role = parsed(MEMBER_TEMPLATE)["Resources"]["CollectorRole"]["Properties"]
    for policy in role["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Sid"].lower() in SERVICES:
                yield from (each for each in statement["Action"] if each not in OF_OTHERS)


def wanted(action: str) -> Row:
    """Return the run in which an action is asked for; S3 or KMS in it stays complete."""
    service = action.partition(":")[0]
    others = {"kms", "s3"} - {service}
    return {"accounts": [MEMBER], "services": sorted({service, *others}), "regions": [REGION]}


def without(
    deployment: Deployment, account: str, stack: str, role: str, *actions: str
) -> AbstractContextManager[None]:
    formation = deployment.aws.client("cloudformation", account)
    told = formation.describe_stack_resource(StackName=stack, LogicalResourceId=role)
    name = told["StackResourceDetail"]["PhysicalResourceId"]
    return denied(deployment.aws.client("iam", account), name, actions)


def take(deployment: Deployment, run: Row, missing: AbstractContextManager[None]) -> Row:
    """Take an inventory without a permission; what was known is still known."""
    known = deployment.inventory().keys()
    with missing:
        summary = deployment.take_inventory(run)
    assert summary["totals"]["deleted"] == 0
    assert deployment.inventory().keys() >= known
    return summary


def gaps(summary: Mapping[str, Any]) -> tuple[Row, int]:
    return summary["failures"], summary["totals"]["unreadable"]


@pytest.fixture(scope="module")
def with_everything(deployment: Deployment) -> Callable[[Row], tuple[Row, int]]:
    """Return what is missing in a run with all permissions, taken once for the same services."""
    taken: dict[str, tuple[Row, int]] = {}

    def missing(run: Row) -> tuple[Row, int]:
        services = " ".join(run["services"])
        if services not in taken:
            taken[services] = gaps(deployment.take_inventory(run))
        return taken[services]

    return missing


@pytest.mark.parametrize("action", sorted({*allowed_in_members()} - NOT_ENFORCED - {*LISTINGS}))
def test_what_the_member_role_may_not_read_is_named(
    deployment: Deployment, with_everything: Callable[[Row], tuple[Row, int]], action: str
) -> None:
    run = wanted(action)
    failures, unreadable = with_everything(run)
    assert failures == {}
    missing = without(deployment, MEMBER, MEMBER_STACK, "CollectorRole", action)
    summary = take(deployment, run, missing)
    assert gaps(summary) != (failures, unreadable)
    reasons = {*summary["failures"], *summary["totals"]["unreadableReasons"]}
    assert reasons - OF_MINISTACK == {"ACCESS_DENIED"}


def test_each_listing_that_the_member_role_may_not_make_is_named(deployment: Deployment) -> None:
    actions = {*LISTINGS} - {"ec2:DescribeInstances"}
    missing = without(deployment, MEMBER, MEMBER_STACK, "CollectorRole", *actions)
    summary = take(deployment, wanted("ec2:DescribeInstances"), missing)
    [scope] = [each for each in summary["scopes"] if each["service"] == "ec2"]
    told = {name: listing["reason"] for name, listing in scope["listings"].items()}
    assert told == dict.fromkeys((LISTINGS[each] for each in actions), "ACCESS_DENIED")
    assert (scope["outcome"], scope["reason"]) == ("PARTIAL", "ACCESS_DENIED")


@pytest.mark.parametrize(("action", "failures"), OF_THE_COLLECTOR.items())
def test_what_the_collector_may_not_do_is_named(
    deployment: Deployment, action: str, failures: object
) -> None:
    missing = without(deployment, HUB, STACK, "KmsCollectorRole", action)
    summary = take(deployment, wanted("kms:ListKeys"), missing)
    assert (summary["status"], summary["failures"]) == ("PARTIAL", failures)
