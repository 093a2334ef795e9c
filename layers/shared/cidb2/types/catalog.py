"""All declarations, by service and by type."""

from collections.abc import Mapping

from cidb2.types.declaration import ResourceType, ServiceTypes
from cidb2.types.ec2 import EC2
from cidb2.types.iam import IAM
from cidb2.types.kms import KMS
from cidb2.types.lambda_ import LAMBDA
from cidb2.types.s3 import S3

DECLARED: Mapping[str, ServiceTypes] = {each.service: each for each in (IAM, KMS, EC2, S3, LAMBDA)}
"""Declarations by the service of a scope."""

TYPES: Mapping[str, Mapping[str, ResourceType]] = {
    service: {each.type: each for each in declared.types} for service, declared in DECLARED.items()
}
"""The resource types that scopes of each service may contain."""
