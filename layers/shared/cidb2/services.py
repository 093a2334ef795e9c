"""The services that CIDB2 collects: their names, and which are listed region by region."""

from collections.abc import Mapping

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
