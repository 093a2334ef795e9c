"""All declarations, by service and by type."""

from collections.abc import Iterable, Mapping

from cidb2.scope import ALL_REGIONS, GLOBAL
from cidb2.services import SERVICES
from cidb2.types.accessanalyzer import ACCESS_ANALYZER
from cidb2.types.acm import ACM
from cidb2.types.apigateway import API_GATEWAY
from cidb2.types.appsync import APPSYNC
from cidb2.types.athena import ATHENA
from cidb2.types.autoscaling import AUTOSCALING
from cidb2.types.backup import BACKUP
from cidb2.types.cloudformation import CLOUDFORMATION
from cidb2.types.cloudfront import CLOUDFRONT
from cidb2.types.cloudtrail import CLOUDTRAIL
from cidb2.types.cloudwatch import CLOUDWATCH
from cidb2.types.codebuild import CODEBUILD
from cidb2.types.codepipeline import CODEPIPELINE
from cidb2.types.cognito import COGNITO
from cidb2.types.config import CONFIG
from cidb2.types.dax import DAX
from cidb2.types.declaration import ResourceType, ServiceTypes
from cidb2.types.dynamodb import DYNAMODB
from cidb2.types.ec2 import EC2
from cidb2.types.ecr import ECR
from cidb2.types.ecs import ECS
from cidb2.types.eks import EKS
from cidb2.types.elasticache import ELASTICACHE
from cidb2.types.elasticfilesystem import EFS
from cidb2.types.elasticloadbalancing import ELASTIC_LOAD_BALANCING
from cidb2.types.emr import EMR
from cidb2.types.events import EVENTS
from cidb2.types.firehose import FIREHOSE
from cidb2.types.fsx import FSX
from cidb2.types.glue import GLUE
from cidb2.types.guardduty import GUARDDUTY
from cidb2.types.iam import IAM
from cidb2.types.kafka import KAFKA
from cidb2.types.kinesis import KINESIS
from cidb2.types.kms import KMS
from cidb2.types.lambda_ import LAMBDA
from cidb2.types.logs import LOGS
from cidb2.types.memorydb import MEMORYDB
from cidb2.types.mq import MQ
from cidb2.types.network_firewall import NETWORK_FIREWALL
from cidb2.types.opensearch import OPENSEARCH
from cidb2.types.organizations import ORGANIZATIONS
from cidb2.types.rds import RDS
from cidb2.types.redshift import REDSHIFT
from cidb2.types.route53 import ROUTE53
from cidb2.types.s3 import S3
from cidb2.types.s3control import S3_CONTROL
from cidb2.types.sagemaker import SAGEMAKER
from cidb2.types.secretsmanager import SECRETS_MANAGER
from cidb2.types.securityhub import SECURITY_HUB
from cidb2.types.ses import SES
from cidb2.types.sns import SNS
from cidb2.types.sqs import SQS
from cidb2.types.ssm import SSM
from cidb2.types.stepfunctions import STEP_FUNCTIONS
from cidb2.types.transfer import TRANSFER
from cidb2.types.wafv2 import WAFV2

_SERVICES = (
    *(IAM, KMS, EC2, S3, LAMBDA),
    *(RDS, ELASTIC_LOAD_BALANCING, ACM, CLOUDTRAIL, DYNAMODB, ECS, EKS, ECR, AUTOSCALING),
    *(ELASTICACHE, REDSHIFT, EFS, OPENSEARCH, MEMORYDB, DAX, FSX),
    *(SQS, SNS, SECRETS_MANAGER, SSM, LOGS, CLOUDWATCH, CLOUDFRONT, ROUTE53, WAFV2, API_GATEWAY),
    *(BACKUP, CLOUDFORMATION, CODEBUILD, CODEPIPELINE, EVENTS, STEP_FUNCTIONS, KINESIS, FIREHOSE),
    *(KAFKA, EMR, GLUE, SAGEMAKER, GUARDDUTY, CONFIG, SECURITY_HUB, ACCESS_ANALYZER, ATHENA),
    *(TRANSFER, COGNITO, SES, MQ, APPSYNC, NETWORK_FIREWALL, ORGANIZATIONS, S3_CONTROL),
)

DECLARED: Mapping[str, ServiceTypes] = {each.service: each for each in _SERVICES}
"""Declarations by the service of a scope."""

TYPES: Mapping[str, Mapping[str, ResourceType]] = {
    service: {each.type: each for each in declared.types} for service, declared in DECLARED.items()
}
"""The resource types that scopes of each service may contain."""

SERVICE_OF: Mapping[str, str] = {name: service for service in SERVICES for name in TYPES[service]}
"""The service of each collected type."""

REGIONAL: Mapping[str, bool] = {service: not DECLARED[service].is_global for service in SERVICES}
"""Whether each collected service is listed region by region."""


def unlisted_region(service: str) -> str:
    """Return the region in the ledger for an account whose regions could not be listed."""
    return ALL_REGIONS if REGIONAL[service] else GLOBAL


def types_named(name: str, types: Iterable[str] = SERVICE_OF) -> list[str]:
    """Return those of `types` with this name or name suffix, ignoring case."""
    wanted = name.casefold()
    return [each for each in types if f"::{each.casefold()}".endswith(f"::{wanted}")]
