"""Whatever AWS can answer comes back from the table as it was: nothing cut, changed or lost."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from cidb2.items.item import Item
from tests.support.aws import MEMBER, REGION, client
from tests.support.hub import Hub
from tests.support.synthetic import DOCUMENT, TEXT, as_json, full_answer, members
from tests.support.wire import Wire

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("one_listing_each")]

ENCODED = quote(json.dumps(DOCUMENT))
"""A policy document as IAM sends it; botocore decodes it."""

TAGS = {f"{TEXT} {number}": TEXT for number in range(50)}


def tag_list(key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    return [{key: name, value: content} for name, content in TAGS.items()]


def test_every_field_of_an_instance(hub: Hub, wire: Wire) -> None:
    answer = full_answer("ec2", "DescribeInstances", {"Tags": tag_list()})
    answer["Reservations"] = answer["Reservations"][:1]
    [reservation] = answer["Reservations"]
    instances = reservation["Instances"]
    for number, instance in enumerate(instances):
        instance["InstanceId"] = f"i-{number}"
    reservation["OwnerId"] = MEMBER
    del answer["NextToken"]
    wire.answers("DescribeInstances", answer)
    items = hub.take("ec2")
    assert len(items) == len(instances)
    for instance in instances:
        item = items[f"arn:aws:ec2:{REGION}:{MEMBER}:instance/{instance['InstanceId']}"]
        assert {*instance} == members("ec2", "Instance")
        assert item["configuration"] == as_json(instance)
        assert item["tags"] == TAGS


def test_every_field_of_a_key(hub: Hub, wire: Wire) -> None:
    key_id = client("kms", MEMBER).create_key()["KeyMetadata"]["KeyId"]
    given = {"KeyManager": "CUSTOMER", "KeyState": "Enabled", "Origin": "AWS_KMS"}
    described = full_answer(
        "kms", "DescribeKey", given | {"KeyId": key_id, "KeySpec": "SYMMETRIC_DEFAULT"}
    )
    aliases = full_answer("kms", "ListAliases", {"TargetKeyId": key_id, "Truncated": False})
    rotation = full_answer("kms", "GetKeyRotationStatus", {"KeyId": key_id})
    tags = {"Tags": tag_list("TagKey", "TagValue"), "Truncated": False}
    wire.answers("DescribeKey", described)
    wire.answers("ListAliases", aliases)
    wire.answers("GetKeyRotationStatus", rotation)
    wire.answers("GetKeyPolicy", {"Policy": json.dumps(DOCUMENT)})
    wire.answers("ListResourceTags", tags)
    [item] = hub.take("kms").values()
    assert {*described["KeyMetadata"]} == members("kms", "KeyMetadata")
    assert item["configuration"] == as_json(described["KeyMetadata"])
    assert item["tags"] == TAGS
    assert item["supplementaryConfiguration"] == as_json(
        {"Aliases": aliases["Aliases"], "Policy": DOCUMENT, "RotationStatus": rotation}
    )


@pytest.mark.parametrize(
    ("lists", "kind", "shape"),
    [
        ("UserDetailList", "User", "UserDetail"),
        ("GroupDetailList", "Group", "GroupDetail"),
        ("RoleDetailList", "Role", "RoleDetail"),
        ("Policies", "Policy", "ManagedPolicyDetail"),
    ],
)
def test_every_field_of_an_identity(
    hub: Hub, wire: Wire, lists: str, kind: str, shape: str
) -> None:
    documents = ("PolicyDocument", "AssumeRolePolicyDocument", "Document")
    sent = full_answer(
        "iam",
        "GetAccountAuthorizationDetails",
        dict.fromkeys(documents, ENCODED) | {"Tags": tag_list(), "IsTruncated": False},
    )
    arn = f"arn:aws:iam::{MEMBER}:{kind.lower()}/path/mine"
    sent[lists] = [sent[lists][0] | {"Arn": arn, f"{kind}Name": "mine"}]
    wire.answers(
        "GetAccountAuthorizationDetails", {lists: sent[lists], "IsTruncated": False, "Marker": "m"}
    )
    wire.answers("ListPolicyTags", {"Tags": tag_list()})
    client("iam", MEMBER).create_user(UserName="mine")  # whose credentials are read
    item = hub.take("iam")[arn]
    assert {*sent[lists][0]} == members("iam", shape)
    assert item["configuration"] == decoded(as_json(sent[lists][0]))
    assert item["tags"] == ({} if kind == "Group" else TAGS)


def decoded(value: Any) -> Any:
    """Return an answer of IAM's with its policy documents as botocore hands them on."""
    if isinstance(value, dict):
        return {name: decoded(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [decoded(inner) for inner in value]
    return DOCUMENT if value == ENCODED else value


def test_a_policy_of_ten_versions(hub: Hub, wire: Wire) -> None:
    versions = [
        {"Document": ENCODED, "VersionId": f"v{number}", "IsDefaultVersion": number == 1}
        for number in range(1, 11)
    ]
    arn = f"arn:aws:iam::{MEMBER}:policy/p"
    policy = {"Arn": arn, "PolicyName": "p", "PolicyId": "ANPA", "PolicyVersionList": versions}
    wire.answers("GetAccountAuthorizationDetails", {"Policies": [policy], "IsTruncated": False})
    wire.answers("ListPolicyTags", {"Tags": []})
    item = hub.take("iam")[arn]
    assert item["configuration"] == decoded(policy)


S3_PARTS = {
    "Encryption": ("GetBucketEncryption", "ServerSideEncryptionConfiguration"),
    "Versioning": ("GetBucketVersioning", None),
    "PublicAccessBlock": ("GetPublicAccessBlock", "PublicAccessBlockConfiguration"),
    "Logging": ("GetBucketLogging", "LoggingEnabled"),
    "OwnershipControls": ("GetBucketOwnershipControls", "OwnershipControls"),
    "LifecycleConfiguration": ("GetBucketLifecycleConfiguration", None),
    "Acl": ("GetBucketAcl", None),
    "PolicyStatus": ("GetBucketPolicyStatus", "PolicyStatus"),
    "AccelerateConfiguration": ("GetBucketAccelerateConfiguration", None),
    "Cors": ("GetBucketCors", "CORSRules"),
    "NotificationConfiguration": ("GetBucketNotificationConfiguration", None),
    "ObjectLockConfiguration": ("GetObjectLockConfiguration", "ObjectLockConfiguration"),
    "Replication": ("GetBucketReplication", "ReplicationConfiguration"),
    "RequestPayment": ("GetBucketRequestPayment", None),
    "Website": ("GetBucketWebsite", None),
    **{
        f"{kind}Configurations": (
            f"ListBucket{kind}Configurations",
            f"{kind}ConfigurationList",
        )
        for kind in ("Analytics", "IntelligentTiering", "Inventory", "Metrics")
    },
}
"""Each configuration of a bucket: who answers with it, and in which member of the answer."""


def collected_bucket(hub: Hub, wire: Wire, listed: dict[str, Any]) -> tuple[Item, dict[str, Any]]:
    """Return the item of a bucket whose every configuration is full, and what was answered."""
    client("s3", MEMBER).create_bucket(Bucket="mine")
    wire.answers("ListBuckets", {"Buckets": [listed]})
    answers = {}
    for name, (operation, member) in S3_PARTS.items():
        answer = full_answer("s3", operation, {"IsTruncated": False})
        wire.answers(operation, answer)
        answers[name] = answer[member] if member else answer
    control = full_answer("s3control", "GetPublicAccessBlock")
    wire.answers("GetPublicAccessBlock", control, service="s3control")
    answers["AccountPublicAccessBlock"] = control["PublicAccessBlockConfiguration"]
    wire.answers("GetBucketTagging", {"TagSet": tag_list()})
    wire.answers("GetBucketPolicy", {"Policy": json.dumps(DOCUMENT)})
    [item] = hub.take("s3").values()
    return item, answers


def test_every_configuration_of_a_bucket(hub: Hub, wire: Wire) -> None:
    [listed, *_] = full_answer("s3", "ListBuckets", {"Name": "mine", "BucketRegion": REGION})[
        "Buckets"
    ]
    item, answers = collected_bucket(hub, wire, listed)
    assert item["configuration"] == as_json(listed)
    assert item["tags"] == TAGS
    assert item["supplementaryConfiguration"] == as_json(answers | {"Policy": DOCUMENT})
