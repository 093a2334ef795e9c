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
from cidb2.services import TYPES

MEMBERS = Path(__file__).parent / "members.txt"
SHAPES = {
    "AWS::EC2::Instance": ("ec2", {"configuration": "Instance"}),
    "AWS::IAM::User": ("iam", {"configuration": "UserDetail"}),
    "AWS::IAM::Group": ("iam", {"configuration": "GroupDetail"}),
    "AWS::IAM::Role": ("iam", {"configuration": "RoleDetail"}),
    "AWS::IAM::ManagedPolicy": ("iam", {"configuration": "ManagedPolicyDetail"}),
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
    "AWS::S3::Bucket": (
        "s3",
        {
            "configuration": "Bucket",
            "supplementaryConfiguration.AccountPublicAccessBlock": "PublicAccessBlockConfiguration",
            "supplementaryConfiguration.Acl": "GetBucketAclOutput",
            "supplementaryConfiguration.Encryption": "ServerSideEncryptionConfiguration",
            "supplementaryConfiguration.LifecycleConfiguration": (
                "GetBucketLifecycleConfigurationOutput"
            ),
            "supplementaryConfiguration.Logging": "LoggingEnabled",
            "supplementaryConfiguration.OwnershipControls": "OwnershipControls",
            "supplementaryConfiguration.PolicyStatus": "PolicyStatus",
            "supplementaryConfiguration.PublicAccessBlock": "PublicAccessBlockConfiguration",
            "supplementaryConfiguration.Versioning": "GetBucketVersioningOutput",
        },
    ),
}
"""Of each type, the shapes that its fields are made of."""


def within(shape: Shape, path: str, above: tuple[str, ...] = ()) -> Iterator[str]:
    if isinstance(shape, StructureShape) and shape.name not in above:
        for name, member in shape.members.items():
            yield f"{path}.{name}"
            yield from within(member, f"{path}.{name}", (*above, shape.name))
    elif isinstance(shape, ListShape):
        yield from within(shape.member, path, above)
    elif isinstance(shape, MapShape):
        yield from within(shape.value, path, above)


def known_members() -> set[str]:
    botocore = session.get_session()
    return {
        f"{kind} {path}"
        for kind, (service, fields) in SHAPES.items()
        for field, shape in fields.items()
        for path in within(botocore.get_service_model(service).shape_for(shape), field)
    }


def test_every_type_has_its_shapes() -> None:
    assert SHAPES.keys() == {kind for kinds in TYPES.values() for kind in kinds}


def test_every_member_of_botocores_models_is_known_or_learnt() -> None:
    learnt = {f"{kind} {path}" for kind, paths in LEARNT.items() for path in paths}
    assert sorted(known_members() - learnt) == MEMBERS.read_text().splitlines()
