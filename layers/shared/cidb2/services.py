"""The services that CIDB2 collects: their names, types, and which are listed region by region."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cidb2.scope import ALL_REGIONS, GLOBAL

REGIONAL = {"iam": False, "kms": True, "ec2": True, "s3": False, "lambda": True}
SERVICES = tuple(REGIONAL)

TITLES: Mapping[str, str] = {
    "iam": "IAM",
    "kms": "KMS",
    "ec2": "EC2",
    "s3": "S3",
    "lambda": "Lambda",
    "dynamodb": "DynamoDB",
    "sns": "SNS",
    "sqs": "SQS",
    "stepFunctions": "Step Functions",
}
"""How people write the services that CIDB2 collects, and those that it pays for."""


@dataclass(frozen=True, slots=True)
class ResourceType:
    """How the ARN of a type's resources is made, and whether they are in a region.

    `prefix` is what stands in the ARN before the name, or the path and name, of the resource. That
    is its id, unless the ARN `has_name`. ARNs that name no account are those of a namespace that
    all accounts share.
    """

    prefix: str
    has_name: bool = False
    has_region: bool = True
    names_account: bool = True

    def name_of(self, item: Mapping[str, Any]) -> str | None:
        """Return what the ARN of an item ends with."""
        name: str | None = item["resourceName" if self.has_name else "resourceId"]
        return name


def _iam(prefix: str) -> ResourceType:
    return ResourceType(prefix, has_name=True, has_region=False)


TYPES: Mapping[str, Mapping[str, ResourceType]] = {
    "iam": {
        "AWS::IAM::Group": _iam("group/"),
        "AWS::IAM::ManagedPolicy": _iam("policy/"),
        "AWS::IAM::Role": _iam("role/"),
        "AWS::IAM::User": _iam("user/"),
    },
    "kms": {"AWS::KMS::Key": ResourceType("key/")},
    "ec2": {"AWS::EC2::Instance": ResourceType("instance/")},
    "s3": {"AWS::S3::Bucket": ResourceType("", names_account=False)},
    "lambda": {"AWS::Lambda::Function": ResourceType("function:")},
}
"""The types of resources that each service's collector finds (Service Authorization Reference,
'Resource types')."""

_NAMED = ", ".join(SERVICES)
SCHEMA = {
    "description": f"a list of {_NAMED}; default: all of them",
    "type": "array",
    "minItems": 1,
    "items": {"description": f"one of {_NAMED}", "enum": [*SERVICES]},
}
"""What a run may be asked to collect, as JSON Schema."""


def unlisted_region(service: str) -> str:
    """Return what stands for the regions of an account whose regions nobody could list."""
    return ALL_REGIONS if REGIONAL[service] else GLOBAL
