"""The services that CIDB2 collects: their names, types, and which are listed region by region."""

from cidb2.scope import ALL_REGIONS, GLOBAL

REGIONAL = {"iam": False, "kms": True, "ec2": True, "s3": False}
SERVICES = tuple(REGIONAL)
TYPES = {
    "iam": ("AWS::IAM::Group", "AWS::IAM::ManagedPolicy", "AWS::IAM::Role", "AWS::IAM::User"),
    "kms": ("AWS::KMS::Key",),
    "ec2": ("AWS::EC2::Instance",),
    "s3": ("AWS::S3::Bucket",),
}
"""The types of resources that each service's collector finds."""


def unlisted_region(service: str) -> str:
    """Return what stands for the regions of an account whose regions nobody could list."""
    return ALL_REGIONS if REGIONAL[service] else GLOBAL
