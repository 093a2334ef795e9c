"""The built product, deployed by `sam deploy` to an AWS that others wrote: four runs in a row."""

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

from tests.conformance.deployment import Deployment, Row
from tests.conformance.emulator import HUB
from tests.conformance.planting import (
    CORS_RULES,
    MEMBERS,
    REGIONS,
    SERVICES,
    TAGS,
    WEBSITE,
    remove_some,
)

ACCOUNTS = [HUB, *MEMBERS]
WANTED = {"accounts": ACCOUNTS, "regions": [*REGIONS], "services": [*SERVICES]}
CLOSED = MEMBERS[1]
PLANTED = re.compile("(role/planted-role|:function:planted-function)$")
MANAGED_BY_SAM = re.compile("aws-sam-cli-managed-default")  # its policy denies plain HTTP
IN_EACH_REGION = (
    *("AWS::EC2::Instance", "AWS::EC2::Volume", "AWS::EC2::Snapshot", "AWS::EC2::LaunchTemplate"),
    # What each region has from the beginning.
    *("AWS::EC2::VPC", "AWS::EC2::SecurityGroup", "AWS::EC2::RouteTable"),
    *("AWS::EC2::InternetGateway", "AWS::EC2::NetworkAcl"),
    *("AWS::KMS::Key", "AWS::Lambda::Function", "AWS::Lambda::Layer"),
)
LETTING_IN = (
    *("AWS::IAM::AccountSettings", "AWS::IAM::InstanceProfile", "AWS::IAM::OIDCProvider"),
    *("AWS::IAM::SAMLProvider", "AWS::IAM::User", "AWS::IAM::VirtualMFADevice"),
)
DENIED_BY_MINISTACK = {
    # MiniStack does not know the operation: 400 InvalidURI.
    "supplementaryConfiguration.AccountPublicAccessBlock",
    # MiniStack answers 200 without a body; AWS answers NoSuchBucketPolicy.
    "supplementaryConfiguration.PolicyStatus",
    # MiniStack answers with the bucket's objects.
    "supplementaryConfiguration.RequestPayment",
    # Denied though the role and the session policy allow them; AWS allows them.
    "supplementaryConfiguration.FunctionUrlConfigs",
    "supplementaryConfiguration.ReservedConcurrentExecutions",
}


@dataclass(frozen=True)
class Told:
    """What a run said, and what the table held after it."""

    summary: dict[str, Any]
    table: dict[str, Row]


@dataclass(frozen=True)
class Story:
    """Everything is new; nothing is; some is gone; one account has closed its door."""

    new: Told
    same: Told
    gone: Told
    closed: Told
    removed: set[str]


@pytest.fixture(scope="module")
def story(deployment: Deployment) -> Story:
    def take() -> Told:
        summary = deployment.take_inventory(WANTED)
        return Told(summary, deployment.inventory())

    new, same = take(), take()
    removed = remove_some(deployment.aws, MEMBERS[0])
    gone = take()
    deployment.leave(CLOSED)
    closed = take()
    deployment.join(CLOSED)
    return Story(new, same, gone, closed, removed)


def living(told: Told) -> set[str]:
    return {
        arn
        for arn, row in told.table.items()
        if row["configurationItemStatus"] != "ResourceDeleted"
    }


def not_complete(told: Told) -> list[Row]:
    return [
        {name: scope.get(name) for name in ("service", "accountId", "reason", "errorMessage")}
        for scope in told.summary["scopes"]
        if scope["outcome"] != "COMPLETE"
    ]


def test_all_that_was_planted_is_found(story: Story) -> None:
    """And the roles, functions and buckets of the stacks themselves."""
    totals = story.new.summary["totals"]
    assert not_complete(story.new) == []
    assert story.new.summary["status"] == "COMPLETE"
    assert totals["created"] == totals["items"] == len(story.new.table)
    types = Counter((row["accountId"], row["resourceType"]) for row in story.new.table.values())
    for account in MEMBERS:
        assert {kind: count for (owner, kind), count in types.items() if owner == account} == {
            **dict.fromkeys(IN_EACH_REGION, len(REGIONS)),
            "AWS::EC2::Subnet": 3 * len(REGIONS),
            **dict.fromkeys(LETTING_IN, 1),
            "AWS::IAM::ManagedPolicy": 2,  # the planted one, and the second of the collector role
            "AWS::IAM::Role": 2,  # the planted one and the collector's
            "AWS::S3::Bucket": 1,
        }


def test_tags_come_as_they_were_given(story: Story) -> None:
    tagged = [row for row in story.new.table.values() if PLANTED.search(row["arn"])]
    assert len(tagged) == len(ACCOUNTS) * (1 + len(REGIONS))
    assert all(row["tags"] == TAGS for row in tagged)


def test_a_bucket_has_the_configurations_that_it_was_given(story: Story) -> None:
    for account in ACCOUNTS:
        row = story.new.table[f"arn:aws:s3:::planted-{account}"]
        told = json.loads(row["supplementaryConfiguration"])
        assert (told["Cors"], told["Website"]) == (CORS_RULES, WEBSITE)
        assert told["AccelerateConfiguration"] == {"Status": "Enabled"}
        for name in ("NotificationConfiguration", "ObjectLockConfiguration", "Replication"):
            assert told[name] is None


def test_nothing_is_denied_that_aws_allows(story: Story) -> None:
    denied = {
        name
        for arn, row in story.new.table.items()
        if not MANAGED_BY_SAM.search(arn)
        for name in row.get("unreadable", {})
    }
    assert denied <= DENIED_BY_MINISTACK


def test_a_second_run_finds_nothing_new(story: Story) -> None:
    totals = story.same.summary["totals"]
    assert story.same.summary["status"] == "COMPLETE"
    assert totals["unchanged"] == totals["items"] == len(story.new.table)
    assert totals["created"] == totals["changed"] == totals["deleted"] == 0


def test_what_is_gone_is_marked_deleted_and_nothing_else(story: Story) -> None:
    assert story.gone.summary["status"] == "COMPLETE"
    assert living(story.same) - living(story.gone) == story.removed
    assert story.gone.summary["totals"]["deleted"] == len(story.removed)


def test_an_account_that_lets_nobody_in_keeps_what_was_known(story: Story) -> None:
    failures = story.closed.summary["failures"]
    assert (story.closed.summary["status"], failures.keys()) == ("PARTIAL", {"ROLE_DENIED"})
    assert living(story.closed) == living(story.gone)
    others = story.closed.summary["totals"]["scopes"]
    assert others["COMPLETE"] == 2 * sum(others.values()) / 3


def test_every_message_is_stored(story: Story) -> None:
    for told in (story.new, story.same, story.gone, story.closed):
        totals = told.summary["totals"]
        assert totals["reconciled"]
        assert totals["published"] == totals["stored"]
