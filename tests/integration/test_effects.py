"""What a change means, from the collector to the table, the ledger and the lake."""

import gzip
import json
from typing import Any

import pytest

from cidb2.items.rows import VERSION, item_of
from tests.support.aws import MEMBER, client
from tests.support.hub import BUCKET, Hub, run_state
from tests.support.instances import FIRST, SECOND, THIRD

pytestmark = pytest.mark.integration

STRANGER_ID = "999999999999"
STRANGER = f"arn:aws:iam::{STRANGER_ID}:root"
SCOPE = f"{MEMBER}/iam/global"


def trusting(*principals: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": [*principals]}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def arn(hub: Hub) -> str:
    """Return the ARN of a role that a first run has collected."""
    iam = client("iam", MEMBER)
    own = f"arn:aws:iam::{MEMBER}:root"
    role = iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=trusting(own))
    hub.take("iam", run=run_state(FIRST))
    iam.update_assume_role_policy(RoleName="deploy", PolicyDocument=trusting(own, STRANGER))
    return str(role["Role"]["Arn"])


def effects_of_scope(hub: Hub, run_id: str) -> Any:
    return hub.scopes(run_id)[SCOPE]["effects"]


def test_a_role_that_trusts_a_stranger_is_told_by_message_row_version_ledger_and_lake(
    hub: Hub, arn: str
) -> None:
    told = {"effects": ["TRUST_ADDED"], "addedPrincipals": [STRANGER_ID]}
    hub.collect("iam", run=run_state(SECOND))
    records = hub.messages()
    [message] = [each for each in records if json.loads(each["body"])["arn"] == arn]
    assert told.items() <= json.loads(message["body"]).items()
    assert hub.report(records) == []
    versions = [
        item_of(row)
        for row in hub.inventory()
        if row["pk"] == arn and row["sk"].startswith(VERSION)
    ]
    assert [each.get("effects") for each in versions] == [None, ["TRUST_ADDED"]]
    assert told.items() <= hub.items()[arn].items()
    assert effects_of_scope(hub, SECOND) == {
        "TRUST_ADDED": {"count": 1, "named": [{"arn": arn, "principals": [STRANGER_ID]}]}
    }
    s3 = client("s3")
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET, Prefix="lake/")["Contents"]]
    [line] = [
        json.loads(line)
        for key in keys
        if SECOND in key
        for line in gzip.decompress(
            s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        ).splitlines()
        if json.loads(line).get("arn") == arn
    ]
    assert line["effects"] == '["TRUST_ADDED"]'
    assert line["addedprincipals"] == f'["{STRANGER_ID}"]'


def test_a_message_that_comes_twice_and_an_unchanged_resource_tell_no_effect_again(
    hub: Hub, arn: str
) -> None:
    hub.collect("iam", run=run_state(SECOND))
    records = hub.messages()
    assert hub.report(records) == hub.report(records) == []
    hub.take("iam", run=run_state(THIRD))
    assert hub.items()[arn]["change"] == "UNCHANGED"
    assert "effects" not in hub.items()[arn]
    assert effects_of_scope(hub, THIRD) == {}


@pytest.mark.parametrize("is_stored", [True, False])
def test_a_collector_that_is_retried_tells_the_effects_that_its_first_attempt_told(
    hub: Hub, arn: str, is_stored: bool
) -> None:
    hub.collect("iam", run=run_state(SECOND))
    if is_stored:
        hub.deliver()
    first = effects_of_scope(hub, SECOND)
    hub.collect("iam", run=run_state(SECOND))
    assert effects_of_scope(hub, SECOND) == first
    assert first["TRUST_ADDED"]["count"] == 1


def test_tags_of_a_role_alone_are_told_as_such(hub: Hub, arn: str) -> None:
    hub.take("iam", run=run_state(SECOND))
    client("iam", MEMBER).tag_role(RoleName="deploy", Tags=[{"Key": "team", "Value": "core"}])
    assert hub.take("iam", run=run_state(THIRD))[arn]["effects"] == ["TAGS_ONLY"]


def test_a_role_that_was_deleted_and_made_again_between_two_runs_is_told_as_replaced(
    hub: Hub, arn: str
) -> None:
    hub.take("iam", run=run_state(SECOND))
    iam = client("iam", MEMBER)
    iam.delete_role(RoleName="deploy")
    own = f"arn:aws:iam::{MEMBER}:root"
    iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=trusting(own, STRANGER))
    assert hub.take("iam", run=run_state(THIRD))[arn]["effects"] == ["REPLACED"]


def test_a_bucket_that_becomes_public_is_told_as_widened(hub: Hub) -> None:
    s3 = client("s3", MEMBER)
    s3.create_bucket(Bucket="was-private")
    hub.take("s3", run=run_state(FIRST))
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::was-private/*",
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket="was-private", Policy=json.dumps(policy))
    item = hub.take("s3", run=run_state(SECOND))["arn:aws:s3:::was-private"]
    assert item["effects"] == ["EXPOSURE_WIDENED", "TRUST_ADDED"]
    assert item["addedPrincipals"] == ["*"]


@pytest.mark.parametrize("is_removed", [True, False])
def test_a_topic_whose_key_is_removed_is_told_as_no_longer_encrypted(
    hub: Hub, is_removed: bool
) -> None:
    sns = client("sns", MEMBER)
    topic = sns.create_topic(Name="alerts", Attributes={"KmsMasterKeyId": "alias/one"})
    hub.take("sns", run=run_state(FIRST))
    key = "" if is_removed else "alias/two"
    sns.set_topic_attributes(
        TopicArn=topic["TopicArn"], AttributeName="KmsMasterKeyId", AttributeValue=key
    )
    item = hub.take("sns", run=run_state(SECOND))[topic["TopicArn"]]
    assert item["effects"] == (["ENCRYPTION_REMOVED"] if is_removed else [])
