"""MiniStack enforces what the templates allow: without an action, the run says what it lacks.

Narrow runs of one account and region, each without one action of each service; what was known stays
as it was.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from itertools import groupby, zip_longest

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
OF_ALL = "ec2:DescribeRegions"
"""Without it, no service is read in any region."""

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


def rounds() -> Iterator[tuple[str, ...]]:
    """Yield what is taken away in a run: at most one action of each service."""
    yield (OF_ALL,)
    actions = sorted({*allowed_in_members()} - NOT_ENFORCED - {*LISTINGS, OF_ALL})
    by_service = {name: [*those] for name, those in groupby(actions, service_of)}
    for together in zip_longest(*by_service.values()):
        yield tuple(filter(None, together))


def service_of(action: str) -> str:
    return action.partition(":")[0]


def wanted(*services: str) -> Row:
    """Return a run of services, with KMS and S3, one of which stays complete."""
    every = sorted({*services, "kms", "s3"})
    return {"accounts": [MEMBER], "services": every, "regions": [REGION]}


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


def gaps(summary: Row, service: str) -> Counter[str]:
    """Return what is missing of a service, by reason: scopes and fields."""
    scopes = [each for each in summary["scopes"] if each["service"] == service]
    assert scopes
    missing = Counter(each["reason"] for each in scopes if each["outcome"] != "COMPLETE")
    for each in scopes:
        missing.update(each.get("unreadableReasons", {}))
    return missing


@pytest.fixture(scope="module")
def with_everything(deployment: Deployment) -> Row:
    """Return the summary of a run with all permissions."""
    summary = deployment.take_inventory(wanted(*SERVICES))
    assert summary["failures"] == {}
    return summary


@pytest.mark.parametrize("actions", [*rounds()], ids=" ".join)
def test_what_the_member_role_may_not_read_is_named(
    deployment: Deployment, with_everything: Row, actions: tuple[str, ...]
) -> None:
    missing = without(deployment, MEMBER, MEMBER_STACK, "CollectorRole", *actions)
    summary = take(deployment, wanted(*map(service_of, actions)), missing)
    for service in map(service_of, actions):
        found = gaps(summary, service)
        assert found != gaps(with_everything, service)
        assert found.keys() - OF_MINISTACK == {"ACCESS_DENIED"}


def test_each_listing_that_the_member_role_may_not_make_is_named(deployment: Deployment) -> None:
    actions = {*LISTINGS} - {"ec2:DescribeInstances"}
    missing = without(deployment, MEMBER, MEMBER_STACK, "CollectorRole", *actions)
    summary = take(deployment, wanted("ec2"), missing)
    [scope] = [each for each in summary["scopes"] if each["service"] == "ec2"]
    told = {name: listing["reason"] for name, listing in scope["listings"].items()}
    assert told == dict.fromkeys((LISTINGS[each] for each in actions), "ACCESS_DENIED")
    assert (scope["outcome"], scope["reason"]) == ("PARTIAL", "ACCESS_DENIED")


@pytest.mark.parametrize(("action", "failures"), OF_THE_COLLECTOR.items())
def test_what_the_collector_may_not_do_is_named(
    deployment: Deployment, action: str, failures: object
) -> None:
    missing = without(deployment, HUB, STACK, "KmsCollectorRole", action)
    summary = take(deployment, wanted(), missing)
    assert (summary["status"], summary["failures"]) == ("PARTIAL", failures)
