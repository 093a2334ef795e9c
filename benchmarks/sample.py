"""A sample resource: AWS's responses, with marks for account, region and number.

It lets a front simulate a hundred thousand resources without storing them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

ACCOUNT, REGION, NUMBER = "@ACCOUNT@", "@REGION@", "@NUMBER@"
SAMPLES = 42
"""Samples per service."""

IAM_KINDS = {"Policies": 13, "GroupDetailList": 4, "UserDetailList": 8, "RoleDetailList": 17}
"""Number of IAM's samples by kind, named after its list in the response."""

BUCKET_OPERATIONS = {
    "acl": "GetBucketAcl",
    "encryption": "GetBucketEncryption",
    "lifecycle": "GetBucketLifecycleConfiguration",
    "logging": "GetBucketLogging",
    "ownershipControls": "GetBucketOwnershipControls",
    "policy": "GetBucketPolicy",
    "policyStatus": "GetBucketPolicyStatus",
    "tagging": "GetBucketTagging",
    "versioning": "GetBucketVersioning",
    "publicAccessBlock": "GetPublicAccessBlock",
    "accelerate": "GetBucketAccelerateConfiguration",
    "analytics": "ListBucketAnalyticsConfigurations",
    "cors": "GetBucketCors",
    "intelligent-tiering": "ListBucketIntelligentTieringConfigurations",
    "inventory": "ListBucketInventoryConfigurations",
    "metrics": "ListBucketMetricsConfigurations",
    "notification": "GetBucketNotificationConfiguration",
    "object-lock": "GetObjectLockConfiguration",
    "replication": "GetBucketReplication",
    "requestPayment": "GetBucketRequestPayment",
    "website": "GetBucketWebsite",
}
"""Operations on a bucket, by query string."""


@dataclass(frozen=True)
class Reply:
    """An HTTP response with marks in its body."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Sample:
    """A resource: its ARN, its entry in listings, and the response of each operation.

    `kind` is its list in GetAccountAuthorizationDetails; `aliases` are a key's entries in
    ListAliases.
    """

    arn: str
    listed: bytes
    replies: dict[str, Reply] = field(default_factory=dict)
    kind: str = ""
    aliases: list[bytes] = field(default_factory=list)

    def describes(self, text: str) -> bool:
        """Return whether the sample's first response contains `text`."""
        return text.encode() in next(iter(self.replies.values())).body

    @property
    def is_customer_key(self) -> bool:
        return self.describes('"KeyManager": "CUSTOMER"')

    @property
    def can_rotate(self) -> bool:
        return self.is_customer_key and self.describes('"KeySpec": "SYMMETRIC_DEFAULT"')

    @property
    def has_bucket_policy(self) -> bool:
        return self.replies["GetBucketPolicy"].status == HTTPStatus.OK


Samples = dict[str, list[Sample]]


def filled(text: bytes, account_id: str, region: str, digits: str) -> bytes:
    """Return bytes with the marks replaced."""
    return (
        text.replace(NUMBER.encode(), digits.encode())
        .replace(ACCOUNT.encode(), account_id.encode())
        .replace(REGION.encode(), region.encode())
    )
