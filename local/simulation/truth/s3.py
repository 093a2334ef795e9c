"""S3 buckets, read from moto's own objects."""

import json
from collections.abc import Iterator
from typing import Any

from moto.backends import get_backend
from moto.s3.models import FakeAcl, FakeBucket, LifecycleRule, PublicAccessBlock
from moto.s3.utils import bucket_policy_is_public

from local.simulation.truth.item import Item, item

LIFECYCLE_DEFAULT = {"TransitionDefaultMinimumObjectSize": "all_storage_classes_128K"}

ACL_OWNER = {
    "ID": "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a",
    "DisplayName": "webfile",
}
"""The owner of every bucket in moto."""

KEPT = {
    "AccelerateConfiguration": "GetBucketAccelerateConfiguration",
    "NotificationConfiguration": "GetBucketNotificationConfiguration",
    "ObjectLockConfiguration": "GetObjectLockConfiguration",
    "Replication": "GetBucketReplication",
    "Website": "GetBucketWebsite",
}
"""The operation of each configuration that is its whole response."""

LISTS = ("Analytics", "IntelligentTiering", "Inventory", "Metrics")


def read(account: str) -> Iterator[Item]:
    backend = get_backend("s3")[account]["aws"]
    account_block = get_backend("s3control")[account]["aws"].public_access_block
    for bucket in backend.buckets.values():
        created, region = bucket.creation_date.replace(microsecond=0), bucket.region_name
        name = {"Name": bucket.name, "BucketArn": bucket.arn}
        yield item(
            "AWS::S3::Bucket",
            account,
            region,
            (bucket.arn, bucket.name, bucket.name),
            configuration={**name, "CreationDate": created, "BucketRegion": region},
            supplementaryConfiguration={
                **_extras(bucket),
                "AccountPublicAccessBlock": _block(account_block),
            },
            tags=backend.tagger.get_tag_dict_for_resource(bucket.arn),
        )


def _extras(bucket: FakeBucket) -> dict[str, Any]:
    rule = (bucket.encryption or {"Rule": {}})["Rule"]
    default = rule.get("ApplyServerSideEncryptionByDefault", {"SSEAlgorithm": "AES256"})
    keyed = rule.get("BucketKeyEnabled") == "true"
    owner = bucket.ownership_rule
    rules = [_lifecycle(rule) for rule in bucket.rules]
    public = bucket.policy is not None and bucket_policy_is_public(bucket.policy)
    return {
        "Encryption": {
            "Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": keyed}]
        },
        "Versioning": {"Status": bucket.versioning_status} if bucket.versioning_status else None,
        "PublicAccessBlock": _block(bucket.public_access_block),
        "Policy": json.loads(bucket.policy) if bucket.policy else None,
        "PolicyStatus": {"IsPublic": public} if bucket.policy else None,
        "Logging": dict(bucket.logging) or None,
        "OwnershipControls": {"Rules": [{"ObjectOwnership": owner}]} if owner else None,
        "LifecycleConfiguration": {"Rules": rules, **LIFECYCLE_DEFAULT} if rules else None,
        "Acl": _acl(bucket.acl),
        **_further(bucket),
    }


def _further(bucket: FakeBucket) -> dict[str, Any]:
    """Return the configurations that local/gateway/buckets.py keeps as they were put."""
    kept: dict[str, Any] = vars(bucket).get("kept_configurations", {})
    return {
        **{field: kept.get(operation) for field, operation in KEPT.items()},
        **{
            f"{name}Configurations": _by_id(kept.get(f"ListBucket{name}Configurations", {}))
            for name in LISTS
        },
        "Cors": kept.get("GetBucketCors", {}).get("CORSRules"),
        "RequestPayment": kept.get("GetBucketRequestPayment", {"Payer": "BucketOwner"}),
    }


def _by_id(configurations: dict[str, Any]) -> list[Any] | None:
    return [one for _, one in sorted(configurations.items())] or None


def _block(block: PublicAccessBlock | None) -> dict[str, bool] | None:
    if block is None:
        return None
    return {
        "BlockPublicAcls": block.block_public_acls,
        "IgnorePublicAcls": block.ignore_public_acls,
        "BlockPublicPolicy": block.block_public_policy,
        "RestrictPublicBuckets": block.restrict_public_buckets,
    }


def _acl(acl: FakeAcl | None) -> dict[str, Any]:
    grants = [(grant.grantees[0], grant.permissions[0]) for grant in (acl or FakeAcl()).grants]
    return {
        "Owner": ACL_OWNER,
        "Grants": [
            {
                "Grantee": {"Type": who.type, **({"URI": who.uri} if who.uri else {"ID": who.id})},
                "Permission": what,
            }
            for who, what in grants
        ],
    }


def _lifecycle(rule: LifecycleRule) -> dict[str, Any]:
    """Return a rule in the form of S3's response, for the kinds of rules that are planted."""
    described: dict[str, Any] = {"ID": rule.id, "Status": rule.status, "Filter": {}}
    if rule.filter and (both := rule.filter.and_filter):
        tags = [{"Key": name, "Value": value} for name, value in both.tags.items()]
        described["Filter"] = {"And": {"Prefix": both.prefix, "Tags": tags}}
    elif rule.filter:
        described["Filter"] = {"Prefix": rule.filter.prefix}
    if rule.expiration_days:
        described["Expiration"] = {"Days": int(rule.expiration_days)}
    if rule.transitions:
        described["Transitions"] = [
            {"Days": int(step.days or 0), "StorageClass": step.storage_class}
            for step in rule.transitions
        ]
    if rule.nve_noncurrent_days:
        described["NoncurrentVersionExpiration"] = {"NoncurrentDays": int(rule.nve_noncurrent_days)}
    if rule.aimu_days:
        described["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": int(rule.aimu_days)}
    return described
