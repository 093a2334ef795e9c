"""A newer botocore knows more members of AWS's answers; each is named, so it is no change.

`members.txt` holds what the first release with this test knew, as `type path` in order. Where this
fails after an update of botocore, what it names belongs at the end of
its type in `cidb2.items.learnt`.
"""

from collections.abc import Iterator
from pathlib import Path

from botocore import session
from botocore.model import ListShape, MapShape, Shape, StructureShape

from cidb2.items.learnt import LEARNT
from cidb2.types.catalog import DECLARED, TYPES
from cidb2.types.declaration import Call, ResourceType
from cidb2.types.models import output_of, result_of, shape_at

MEMBERS = Path(__file__).parent / "members.txt"
SHAPES = {
    "AWS::KMS::Key": (
        "kms",
        {
            "configuration": "KeyMetadata",
            "supplementaryConfiguration.Aliases": "AliasListEntry",
            "supplementaryConfiguration.RotationStatus": "GetKeyRotationStatusResponse",
        },
    ),
    "AWS::Lambda::Function": (
        "lambda",
        {
            "configuration": "FunctionConfiguration",
            "supplementaryConfiguration.FunctionUrlConfigs": "FunctionUrlConfig",
        },
    ),
    "AWS::Organizations::OrganizationalUnit": (
        "organizations",
        {"configuration": "OrganizationalUnit"},
    ),
    "AWS::S3::Bucket": (
        "s3",
        {
            "configuration": "Bucket",
            "supplementaryConfiguration.AccountPublicAccessBlock": "PublicAccessBlockConfiguration",
            "supplementaryConfiguration.AccelerateConfiguration": (
                "GetBucketAccelerateConfigurationOutput"
            ),
            "supplementaryConfiguration.Acl": "GetBucketAclOutput",
            "supplementaryConfiguration.AnalyticsConfigurations": "AnalyticsConfiguration",
            "supplementaryConfiguration.Cors": "CORSRule",
            "supplementaryConfiguration.Encryption": "ServerSideEncryptionConfiguration",
            "supplementaryConfiguration.IntelligentTieringConfigurations": (
                "IntelligentTieringConfiguration"
            ),
            "supplementaryConfiguration.InventoryConfigurations": "InventoryConfiguration",
            "supplementaryConfiguration.LifecycleConfiguration": (
                "GetBucketLifecycleConfigurationOutput"
            ),
            "supplementaryConfiguration.Logging": "LoggingEnabled",
            "supplementaryConfiguration.MetricsConfigurations": "MetricsConfiguration",
            "supplementaryConfiguration.NotificationConfiguration": "NotificationConfiguration",
            "supplementaryConfiguration.ObjectLockConfiguration": "ObjectLockConfiguration",
            "supplementaryConfiguration.OwnershipControls": "OwnershipControls",
            "supplementaryConfiguration.PolicyStatus": "PolicyStatus",
            "supplementaryConfiguration.PublicAccessBlock": "PublicAccessBlockConfiguration",
            "supplementaryConfiguration.Replication": "ReplicationConfiguration",
            "supplementaryConfiguration.RequestPayment": "GetBucketRequestPaymentOutput",
            "supplementaryConfiguration.Versioning": "GetBucketVersioningOutput",
            "supplementaryConfiguration.Website": "GetBucketWebsiteOutput",
        },
    ),
}
"""Of each type that a reader of its own reads, the shapes that its fields are made of."""


def within(shape: Shape, path: str, above: tuple[str, ...] = ()) -> Iterator[str]:
    if isinstance(shape, StructureShape) and shape.name not in above:
        for name, member in shape.members.items():
            yield f"{path}.{name}"
            yield from within(member, f"{path}.{name}", (*above, shape.name))
    elif isinstance(shape, ListShape):
        yield from within(shape.member, path, above)
    elif isinstance(shape, MapShape):
        yield from within(shape.value, path, above)


def declared_members(client: str, declared: ResourceType) -> Iterator[str]:
    """Yield the members of what is declared, where they come from a call each."""
    operation = declared.listing.operation
    entry = shape_at(output_of(client, operation), declared.result or result_of(client, operation))
    described = declared.describe
    shape = entry if described is None else taken(client, described)
    yield from within(shape, "configuration")
    for name, call in declared.fields.items():
        if isinstance(call, Call):
            yield from within(taken(client, call), f"supplementaryConfiguration.{name}")


def taken(client: str, call: Call) -> Shape:
    return shape_at(output_of(client, call.operation), call.take or "@")


def known_members() -> set[str]:
    botocore = session.get_session()
    declared = {
        f"{each.type} {path}"
        for service in DECLARED.values()
        for each in service.types
        if not each.listing.is_by_hand
        for path in declared_members(service.client_of(each.listing), each)
    }
    return declared | {
        f"{kind} {path}"
        for kind, (service, fields) in SHAPES.items()
        for field, shape in fields.items()
        for path in within(botocore.get_service_model(service).shape_for(shape), field)
    }


def test_every_type_has_its_shapes() -> None:
    by_hand = {
        each.type for kinds in TYPES.values() for each in kinds.values() if each.listing.is_by_hand
    }
    assert SHAPES.keys() == by_hand


def test_every_member_of_botocores_models_is_known_or_learnt() -> None:
    learnt = {f"{kind} {path}" for kind, paths in LEARNT.items() for path in paths}
    assert sorted(known_members() - learnt) == MEMBERS.read_text().splitlines()
