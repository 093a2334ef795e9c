"""A sample of a resource: what AWS answers of it, with marks where account, region and number go.

So a front can tell of a hundred thousand resources without holding one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

ACCOUNT, REGION, NUMBER = "@ACCOUNT@", "@REGION@", "@NUMBER@"
SAMPLES = 42
"""Of each service."""

IAM_KINDS = {"Policies": 13, "GroupDetailList": 4, "UserDetailList": 8, "RoleDetailList": 17}
"""How many of IAM's samples are of which kind, by the list that they stand in."""

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
}
"""What is asked of a bucket, by the query string that asks for it."""


@dataclass(frozen=True)
class Reply:
    """An HTTP answer, with marks in its body."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Sample:
    """One resource: its ARN, its entry in listings, and what each operation answers of it.

    `kind` is the list of GetAccountAuthorizationDetails that it stands in, `aliases` a key's
    entries in ListAliases.
    """

    arn: str
    listed: bytes
    replies: dict[str, Reply] = field(default_factory=dict)
    kind: str = ""
    aliases: list[bytes] = field(default_factory=list)

    def describes(self, text: str) -> bool:
        """Tell whether the sample's first answer says `text`."""
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
    """Return bytes with their marks replaced."""
    return (
        text.replace(NUMBER.encode(), digits.encode())
        .replace(ACCOUNT.encode(), account_id.encode())
        .replace(REGION.encode(), region.encode())
    )
