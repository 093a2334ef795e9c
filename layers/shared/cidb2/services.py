"""The collectors, and the services that each of them reads."""

from collections.abc import Collection, Mapping
from itertools import chain

COLLECTORS: Mapping[str, tuple[str, ...]] = {
    "iam": ("iam",),
    "kms": ("kms",),
    "ec2": ("ec2",),
    "s3": ("s3", "s3control"),
    "compute": (
        *("lambda", "ecs", "eks", "ecr", "autoscaling"),
        *("elasticfilesystem", "fsx", "backup"),
    ),
    "databases": (
        *("rds", "dynamodb", "elasticache", "redshift", "es", "memorydb", "dax"),
        *("athena", "glue", "elasticmapreduce"),
    ),
    "messages": (
        *("sns", "sqs", "events", "states", "kinesis", "firehose", "kafka", "mq"),
        *("codebuild", "codepipeline", "sagemaker"),
    ),
    "operations": (
        *("cloudtrail", "cloudformation", "logs", "cloudwatch", "secretsmanager", "ssm"),
        *("config", "guardduty", "securityhub", "access-analyzer", "organizations"),
    ),
    "networks": (
        *("elasticloadbalancing", "route53", "cloudfront", "apigateway", "wafv2", "acm"),
        *("network-firewall", "cognito-idp", "appsync", "transfer", "ses"),
    ),
}
"""The services of each collector. What is declared is collected once it has a place here."""

SERVICES = tuple(chain.from_iterable(COLLECTORS.values()))

COLLECTOR_OF: Mapping[str, str] = {
    service: collector for collector, services in COLLECTORS.items() for service in services
}
"""The collector that reads each service."""

ORGANIZATION = "organizations"
"""The service that describes the whole organisation, and is read in one account."""

TITLES: Mapping[str, str] = {
    "iam": "IAM",
    "kms": "KMS",
    "ec2": "EC2",
    "s3": "S3",
    "s3control": "S3 access points",
    "lambda": "Lambda",
    "acm": "ACM",
    "autoscaling": "Auto Scaling",
    "cloudtrail": "CloudTrail",
    "dax": "DAX",
    "dynamodb": "DynamoDB",
    "ecr": "ECR",
    "ecs": "ECS",
    "eks": "EKS",
    "elasticache": "ElastiCache",
    "elasticfilesystem": "EFS",
    "elasticloadbalancing": "ELB",
    "es": "OpenSearch",
    "fsx": "FSx",
    "memorydb": "MemoryDB",
    "rds": "RDS",
    "redshift": "Redshift",
    "sns": "SNS",
    "sqs": "SQS",
    "secretsmanager": "Secrets Manager",
    "ssm": "Systems Manager",
    "logs": "CloudWatch Logs",
    "cloudwatch": "CloudWatch",
    "cloudfront": "CloudFront",
    "route53": "Route 53",
    "wafv2": "WAF",
    "apigateway": "API Gateway",
    "backup": "Backup",
    "cloudformation": "CloudFormation",
    "codebuild": "CodeBuild",
    "codepipeline": "CodePipeline",
    "events": "EventBridge",
    "states": "Step Functions",
    "kinesis": "Kinesis",
    "firehose": "Firehose",
    "kafka": "MSK",
    "elasticmapreduce": "EMR",
    "glue": "Glue",
    "sagemaker": "SageMaker",
    "guardduty": "GuardDuty",
    "config": "Config",
    "securityhub": "Security Hub",
    "access-analyzer": "Access Analyzer",
    "organizations": "Organizations",
    "athena": "Athena",
    "transfer": "Transfer Family",
    "cognito-idp": "Cognito",
    "ses": "SES",
    "mq": "MQ",
    "appsync": "AppSync",
    "network-firewall": "Network Firewall",
    "stepFunctions": "Step Functions",
}
"""Display titles of the services that CIDB2 declares, and of those that charge for it."""


_NAMED = ", ".join(SERVICES)
SCHEMA = {
    "description": f"a list of {_NAMED}; default: all of them",
    "type": "array",
    "minItems": 1,
    "items": {"description": f"one of {_NAMED}", "enum": [*SERVICES]},
}
"""The JSON Schema of the services in an execution input."""


def by_collector(services: Collection[str]) -> dict[str, list[str]]:
    """Return those of `services` that each collector reads; collectors of none are left out."""
    chosen = {
        collector: [service for service in read if service in services]
        for collector, read in COLLECTORS.items()
    }
    return {collector: read for collector, read in chosen.items() if read}


def collector_title(collector: str) -> str:
    """Return the display title of a collector: that of its service, if they have one name."""
    return TITLES.get(collector, collector.capitalize())
