"""The services that CIDB2 collects: their names, types, and which are listed region by region."""

from cidb2.scope import ALL_REGIONS, GLOBAL

REGIONAL = {"iam": False, "kms": True, "ec2": True, "s3": False, "lambda": True}
SERVICES = tuple(REGIONAL)
TYPES = {
    "iam": ("AWS::IAM::Group", "AWS::IAM::ManagedPolicy", "AWS::IAM::Role", "AWS::IAM::User"),
    "kms": ("AWS::KMS::Key",),
    "ec2": ("AWS::EC2::Instance",),
    "s3": ("AWS::S3::Bucket",),
    "lambda": ("AWS::Lambda::Function",),
}
"""The types of resources that each service's collector finds."""

_NAMED = ", ".join(SERVICES)
SCHEMA = {
    "description": f"a list of {_NAMED}; left out, all of them",
    "type": "array",
    "minItems": 1,
    "items": {"description": f"one of {_NAMED}", "enum": [*SERVICES]},
}
"""What a run may be asked to collect, as JSON Schema."""


def unlisted_region(service: str) -> str:
    """Return what stands for the regions of an account whose regions nobody could list."""
    return ALL_REGIONS if REGIONAL[service] else GLOBAL
