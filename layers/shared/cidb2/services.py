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
"""Display titles of the services that CIDB2 collects, and of those that charge for it."""


_NAMED = ", ".join(SERVICES)
SCHEMA = {
    "description": f"a list of {_NAMED}; default: all of them",
    "type": "array",
    "minItems": 1,
    "items": {"description": f"one of {_NAMED}", "enum": [*SERVICES]},
}
"""The JSON Schema of the services in an execution input."""


def unlisted_region(service: str) -> str:
    """Return the region in the ledger for an account whose regions could not be listed."""
    return ALL_REGIONS if REGIONAL[service] else GLOBAL
