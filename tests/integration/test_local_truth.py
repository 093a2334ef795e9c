"""The judge is judged: what local.simulation.truth reads equals what AWS's own API answers."""

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cidb2.types import s3
from local.emulator.cloud import Cloud
from local.simulation import truth
from local.simulation.population import HUB, REGIONS, Organisation, s3_configurations
from local.simulation.population.site import Site
from local.simulation.truth import Item, plain

pytestmark = pytest.mark.integration

MEMBER = "234567890123"
BLOCKED = "345678901234"
"""Blocks public access to all its buckets."""

S3_FIELDS: dict[str, tuple[str, str | None]] = {
    "Encryption": ("get_bucket_encryption", "ServerSideEncryptionConfiguration"),
    "Versioning": ("get_bucket_versioning", None),
    "PublicAccessBlock": ("get_public_access_block", "PublicAccessBlockConfiguration"),
    "Policy": ("get_bucket_policy", "Policy"),
    "PolicyStatus": ("get_bucket_policy_status", "PolicyStatus"),
    "Logging": ("get_bucket_logging", "LoggingEnabled"),
    "OwnershipControls": ("get_bucket_ownership_controls", "OwnershipControls"),
    "LifecycleConfiguration": ("get_bucket_lifecycle_configuration", None),
    "Acl": ("get_bucket_acl", None),
    "AccelerateConfiguration": ("get_bucket_accelerate_configuration", None),
    "AnalyticsConfigurations": (
        "list_bucket_analytics_configurations",
        "AnalyticsConfigurationList",
    ),
    "Cors": ("get_bucket_cors", "CORSRules"),
    "IntelligentTieringConfigurations": (
        "list_bucket_intelligent_tiering_configurations",
        "IntelligentTieringConfigurationList",
    ),
    "InventoryConfigurations": (
        "list_bucket_inventory_configurations",
        "InventoryConfigurationList",
    ),
    "MetricsConfigurations": ("list_bucket_metrics_configurations", "MetricsConfigurationList"),
    "NotificationConfiguration": ("get_bucket_notification_configuration", None),
    "ObjectLockConfiguration": ("get_object_lock_configuration", "ObjectLockConfiguration"),
    "Replication": ("get_bucket_replication", "ReplicationConfiguration"),
    "RequestPayment": ("get_bucket_request_payment", None),
    "Website": ("get_bucket_website", None),
}
NOT_CONFIGURED = (
    "NoSuchBucketPolicy",
    "NoSuchCORSConfiguration",
    "NoSuchLifecycleConfiguration",
    "NoSuchPublicAccessBlockConfiguration",
    "NoSuchTagSet",
    "NoSuchWebsiteConfiguration",
    "ObjectLockConfigurationNotFoundError",
    "OwnershipControlsNotFoundError",
    "ReplicationConfigurationNotFoundError",
)
FURTHER = {f"supplementaryConfiguration.{name}" for name in s3.FURTHER}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud() as cloud:
        Organisation(2, 60, REGIONS[:2], seed=5).plant()
        site = Site(MEMBER, 1, REGIONS[:2], Random(5))
        planted = [*s3_configurations.plant_each(site, cloud.client, HUB)]
        assert {field for each in planted for field in each.shows} == FURTHER
        yield cloud


@pytest.fixture(scope="module")
def items(cloud: Cloud) -> dict[str, Item]:
    return truth.read(cloud.client, [HUB, MEMBER, BLOCKED], REGIONS[:2])


def answer(call: Callable[..., Any], field: str | None = None, **arguments: str) -> Any:
    """Return what a call answers, None where AWS says that it is not configured."""
    try:
        told = call(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] in NOT_CONFIGURED:
            return None
        raise
    del told["ResponseMetadata"]
    return plain(told if field is None else told.get(field)) or None


@pytest.mark.parametrize("account", [MEMBER, BLOCKED])
def test_buckets_are_told_as_s3_tells_them(
    cloud: Cloud, items: dict[str, Item], account: str
) -> None:
    s3, control = (cloud.client(service, account=account) for service in ("s3", "s3control"))
    name_of_block = "PublicAccessBlockConfiguration"
    block = answer(control.get_public_access_block, name_of_block, AccountId=account)
    assert (block is not None) == (account == BLOCKED)
    listed = {bucket["Name"]: bucket for bucket in s3.list_buckets(MaxBuckets=1000)["Buckets"]}
    buckets = [i for i in items.values() if "S3" in i["resourceType"] and i["accountId"] == account]
    assert len(buckets) == len(listed) > 5
    for item in buckets:
        name = item["resourceId"]
        assert item["supplementaryConfiguration"]["AccountPublicAccessBlock"] == block
        assert item["configuration"].items() <= plain(listed[name]).items()
        tags = answer(s3.get_bucket_tagging, "TagSet", Bucket=name) or []
        assert item["tags"] == {tag["Key"]: tag["Value"] for tag in tags}
        for field, (method, inner) in S3_FIELDS.items():
            told = answer(getattr(s3, method), inner, Bucket=name)
            if field == "Policy" and told:
                told = json.loads(told)
            assert item["supplementaryConfiguration"][field] == told, (name, field)


def test_keys_are_told_as_kms_tells_them(cloud: Cloud, items: dict[str, Item]) -> None:
    keys = [item for item in items.values() if "KMS" in item["resourceType"]]
    assert len(keys) > 5
    for item in keys:
        kms = cloud.client("kms", account=item["accountId"], region=item["awsRegion"])
        key_id = item["resourceId"]
        if item["unreadable"]:
            with pytest.raises(ClientError, match="AccessDenied"):
                kms.describe_key(KeyId=key_id)
            continue
        assert item["configuration"] == plain(kms.describe_key(KeyId=key_id)["KeyMetadata"])
        aliases = kms.list_aliases(KeyId=key_id)["Aliases"]
        assert item["supplementaryConfiguration"]["Aliases"] == aliases
        rotation = answer(kms.get_key_rotation_status, KeyId=key_id)
        assert item["supplementaryConfiguration"].get("RotationStatus") in (None, rotation)
        tags = kms.list_resource_tags(KeyId=key_id)["Tags"]
        assert item["tags"] == {tag["TagKey"]: tag["TagValue"] for tag in tags}
