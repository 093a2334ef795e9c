"""The IAM actions that declarations need: an operation with the service's IAM prefix.

https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from collections.abc import Iterator, Sequence

from cidb2.types.declaration import Call, Lookup, ResourceType, ServiceTypes
from cidb2.types.models import service_model

PREFIXES = {"monitoring": "cloudwatch", "tagging": "tag"}
"""The IAM prefixes of services whose signing name differs."""

ACTIONS = {
    "s3:GetBucketAccelerateConfiguration": "s3:GetAccelerateConfiguration",
    "s3:GetBucketCors": "s3:GetBucketCORS",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:ListBucketAnalyticsConfigurations": "s3:GetAnalyticsConfiguration",
    "s3:ListBucketIntelligentTieringConfigurations": "s3:GetIntelligentTieringConfiguration",
    "s3:ListBucketInventoryConfigurations": "s3:GetInventoryConfiguration",
    "s3:ListBucketMetricsConfigurations": "s3:GetMetricsConfiguration",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3control:GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
}
"""The actions of operations whose names differ in IAM, by client."""

DESCRIBE_REGIONS = "ec2:DescribeRegions"
"""The action of every collector of a regional service: which regions an account has enabled."""

_ANY_OPERATION = {"apigateway": ("GET",)}
"""Services whose actions are HTTP methods."""


def iam_prefix(client: str) -> str:
    """Return the IAM prefix of a service, from its model."""
    signing_name: str = service_model(client).signing_name
    return PREFIXES.get(signing_name, signing_name)


def action_of(client: str, operation: str) -> str:
    """Return the IAM action that an operation requires."""
    prefix = iam_prefix(client)
    if prefix in _ANY_OPERATION:
        return f"{prefix}:{_ANY_OPERATION[prefix][0]}"
    return ACTIONS.get(f"{client}:{operation}", f"{prefix}:{operation}")


def calls_of(declared: ResourceType) -> Iterator[Call | Lookup]:
    """Yield the calls that a type needs in addition to its listing."""
    if declared.describe:
        yield declared.describe
    if isinstance(declared.tags, Call):
        yield declared.tags
    yield from declared.fields.values()


def operations_of(service: ServiceTypes, declared: ResourceType) -> Iterator[tuple[str, str]]:
    """Yield each client and operation that reading a type calls, its listing first."""
    own = service.client_of(declared.listing)
    yield own, declared.listing.operation
    for call in calls_of(declared):
        yield own, call.operation
    for name in declared.operations:
        client, _, operation = name.rpartition(".")
        yield client or own, operation


def actions_of(service: ServiceTypes, types: Sequence[ResourceType] | None = None) -> list[str]:
    """Return the actions that reading these types of a service needs, sorted; by default all.

    Types that are listed for each resource of a parent need the parent's actions too.
    """
    needed = [
        each
        for one in (service.types if types is None else types)
        for each in (one, *_parents(service, one))
    ]
    return sorted(
        {
            action_of(client, operation)
            for each in needed
            for client, operation in operations_of(service, each)
        }
    )


def _parents(service: ServiceTypes, declared: ResourceType) -> Iterator[ResourceType]:
    for each in service.types:
        if each.type == declared.listing.parent:
            yield each
            yield from _parents(service, each)
