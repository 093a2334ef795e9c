"""Keeps the configurations of buckets that moto lacks, or of which it returns only a part.

They are stored on moto's bucket as they were put, by the name of the operation that reads them, and
returned unchanged. If nothing was put, the responses are AWS's for a bucket without them.
"""

from typing import Any

from moto.s3.models import FakeBucket, s3_backends

from local.gateway.call import Answer, Call
from local.gateway.identity import PARTITION
from local.gateway.missing_operations import Correction

PAGE = 100
"""Configurations in one response.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketInventoryConfigurations.html
"""


def put(read_by: str, member: str) -> Correction:
    """Return a correction that stores the parameter `member`, by `Id` if it has one."""

    def keep(call: Call) -> Answer | None:
        bucket = _bucket(call)
        if bucket is None:
            return None
        asked = call.parameters
        if "Id" in asked:
            _kept(bucket).setdefault(read_by, {})[asked["Id"]] = asked[member]
        else:
            _kept(bucket)[read_by] = asked.get(member, {})
        return call.result({})

    return keep


def get(member: str = "", *, default: dict[str, Any] | None = None, code: str = "") -> Correction:
    """Return a correction that returns the stored value, within `member` if named.

    Otherwise it returns `default`, or the error `code`.
    """

    def tell(call: Call) -> Answer | None:
        bucket = _bucket(call)
        if bucket is None:
            return None
        kept = _kept(bucket).get(call.operation, default)
        if kept is None:
            return call.error(code, f"{call.parameters['Bucket']} has no such configuration", 404)
        return call.result({member: kept} if member else kept)

    return tell


def listed(member: str) -> Correction:
    """Return a correction that lists the stored values; a page without entries has no list."""

    def page(call: Call) -> Answer | None:
        bucket = _bucket(call)
        if bucket is None:
            return None
        start = int(call.parameters.get("ContinuationToken") or 0)
        kept = [one for _, one in sorted(_kept(bucket).get(call.operation, {}).items())]
        answer: dict[str, Any] = {"IsTruncated": len(kept) > start + PAGE}
        if kept:
            answer[member] = kept[start : start + PAGE]
        if answer["IsTruncated"]:
            answer["NextContinuationToken"] = str(start + PAGE)
        return call.result(answer)

    return page


def put_replication(call: Call) -> Answer | None:
    """Store a replication configuration; moto refuses one of a bucket without versioning.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html
    """
    bucket = _bucket(call)
    if bucket is None or not bucket.is_versioned:
        return None
    return put("GetBucketReplication", "ReplicationConfiguration")(call)


def get_object_lock(call: Call) -> Answer | None:
    """Return the lock without the member Years if it has Days (moto: 0 years).

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DefaultRetention.html
    """
    bucket = _bucket(call)
    is_locked = bucket is not None and bucket.object_lock_enabled
    return get(
        "ObjectLockConfiguration",
        default={"ObjectLockEnabled": "Enabled"} if is_locked else None,
        code="ObjectLockConfigurationNotFoundError",
    )(call)


def _bucket(call: Call) -> FakeBucket | None:
    found: FakeBucket | None = s3_backends[call.account][PARTITION].buckets.get(
        call.parameters["Bucket"]
    )
    return found


def _kept(bucket: FakeBucket) -> dict[str, Any]:
    kept: dict[str, Any] = vars(bucket).setdefault("kept_configurations", {})
    return kept


_LISTS = ("Analytics", "IntelligentTiering", "Inventory", "Metrics")
_BY_BUCKET_OWNER = {"Payer": "BucketOwner"}

ANSWERS: dict[tuple[str, str], Correction] = {
    ("s3", "GetBucketAccelerateConfiguration"): get(default={}),
    ("s3", "GetBucketCors"): get(code="NoSuchCORSConfiguration"),
    ("s3", "GetBucketNotificationConfiguration"): get(default={}),
    ("s3", "GetBucketReplication"): get(
        "ReplicationConfiguration", code="ReplicationConfigurationNotFoundError"
    ),
    ("s3", "GetBucketRequestPayment"): get(default=_BY_BUCKET_OWNER),
    ("s3", "GetBucketWebsite"): get(code="NoSuchWebsiteConfiguration"),
    ("s3", "GetObjectLockConfiguration"): get_object_lock,
    ("s3", "PutBucketAccelerateConfiguration"): put(
        "GetBucketAccelerateConfiguration", "AccelerateConfiguration"
    ),
    ("s3", "PutBucketCors"): put("GetBucketCors", "CORSConfiguration"),
    ("s3", "PutBucketNotificationConfiguration"): put(
        "GetBucketNotificationConfiguration", "NotificationConfiguration"
    ),
    ("s3", "PutBucketReplication"): put_replication,
    ("s3", "PutBucketRequestPayment"): put(
        "GetBucketRequestPayment", "RequestPaymentConfiguration"
    ),
    ("s3", "PutObjectLockConfiguration"): put(
        "GetObjectLockConfiguration", "ObjectLockConfiguration"
    ),
    ("s3", "PutBucketWebsite"): put("GetBucketWebsite", "WebsiteConfiguration"),
    **{
        ("s3", f"ListBucket{name}Configurations"): listed(f"{name}ConfigurationList")
        for name in _LISTS
    },
    **{
        ("s3", f"PutBucket{name}Configuration"): put(
            f"ListBucket{name}Configurations", f"{name}Configuration"
        )
        for name in _LISTS
    },
}
"""Corrections by client and operation."""
