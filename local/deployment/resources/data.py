"""DynamoDB tables, S3 buckets and their policies, log groups."""

from collections.abc import Callable
from typing import Any

from local.deployment.resources.identity import policy_document
from local.deployment.resources.registry import is_true, only, resource, tag_list, tag_map
from local.deployment.stack import Created, Deployment, Properties

TABLE_SETTINGS = (
    "AttributeDefinitions BillingMode DeletionProtectionEnabled GlobalSecondaryIndexes KeySchema"
)
SSE_NAMES = {"SSEEnabled": "Enabled", "SSEType": "SSEType", "KMSMasterKeyId": "KMSMasterKeyId"}


def table_encryption(properties: Properties) -> Properties:
    """Convert a table's encryption from CloudFormation's form to DynamoDB's."""
    return {
        name: {SSE_NAMES[key]: value for key, value in specification.items()}
        for name, specification in only(properties, "SSESpecification").items()
    }


@resource(
    "AWS::DynamoDB::Table",
    f"{TABLE_SETTINGS} TableName PointInTimeRecoverySpecification SSESpecification Tags "
    "TimeToLiveSpecification",
)
def table(deployment: Deployment, properties: Properties) -> Created:
    """Create a table with its encryption, recovery and time to live."""
    dynamodb = deployment.client("dynamodb")
    name = properties.get("TableName") or deployment.name(255)
    settings = only(properties, TABLE_SETTINGS) | table_encryption(properties)
    made = dynamodb.create_table(TableName=name, Tags=tag_list(properties), **settings)
    if "TimeToLiveSpecification" in properties:
        dynamodb.update_time_to_live(TableName=name, **only(properties, "TimeToLiveSpecification"))
    if "PointInTimeRecoverySpecification" in properties:
        dynamodb.update_continuous_backups(
            TableName=name, **only(properties, "PointInTimeRecoverySpecification")
        )
    return Created(name, {"Arn": made["TableDescription"]["TableArn"]})


def whole(settings: dict[str, Any]) -> dict[str, int]:
    """Return the settings with their values as integers."""
    return {name: int(value) for name, value in settings.items()}


def lifecycle_rule(rule: dict[str, Any]) -> dict[str, Any]:
    """Convert a lifecycle rule from CloudFormation's form to S3's."""
    done: dict[str, Any] = {"Filter": {"Prefix": rule.get("Prefix", "")}}
    for name, value in rule.items():
        match name:
            case "Prefix":
                continue
            case "Id":
                done["ID"] = value
            case "Status":
                done["Status"] = value
            case "ExpirationInDays":
                done["Expiration"] = {"Days": int(value)}
            case "ExpiredObjectDeleteMarker":
                done["Expiration"] = {name: value}
            case "NoncurrentVersionExpiration" | "AbortIncompleteMultipartUpload":
                done[name] = whole(value)
            case "Transitions":
                done[name] = [
                    {"Days": int(step["TransitionInDays"]), "StorageClass": step["StorageClass"]}
                    for step in value
                ]
            case _:
                raise ValueError(f"lifecycle setting {name} is not supported here")
    return done


def encryption(configuration: dict[str, Any]) -> dict[str, Any]:
    """Convert a bucket's encryption from CloudFormation's form to S3's."""
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"],
            "BucketKeyEnabled": rule.get("BucketKeyEnabled", False),
        }
        for rule in configuration["ServerSideEncryptionConfiguration"]
    ]
    return {"Rules": rules}


def logging_status(configuration: dict[str, Any]) -> dict[str, Any]:
    """Convert access logging from CloudFormation's form to S3's."""
    enabled = {
        "TargetBucket": configuration["DestinationBucketName"],
        "TargetPrefix": configuration.get("LogFilePrefix", ""),
    }
    return {"LoggingEnabled": enabled}


# Property, client method, its argument, converter from property to argument.
BUCKET_SETTINGS: tuple[tuple[str, str, str, Callable[[Any], Any]], ...] = (
    ("BucketEncryption", "encryption", "ServerSideEncryptionConfiguration", encryption),
    ("VersioningConfiguration", "versioning", "VersioningConfiguration", dict),
    ("LoggingConfiguration", "logging", "BucketLoggingStatus", logging_status),
    ("OwnershipControls", "ownership_controls", "OwnershipControls", dict),
    (
        "LifecycleConfiguration",
        "lifecycle_configuration",
        "LifecycleConfiguration",
        lambda configuration: {"Rules": [*map(lifecycle_rule, configuration["Rules"])]},
    ),
    ("Tags", "tagging", "Tagging", lambda tags: {"TagSet": tags}),
)


def set_up_bucket(s3: Any, name: str, properties: Properties) -> None:
    """Apply all settings of a bucket."""
    for setting, method, argument, translate in BUCKET_SETTINGS:
        if setting in properties:
            put = getattr(s3, f"put_bucket_{method}")
            put(Bucket=name, **{argument: translate(properties[setting])})
    if "PublicAccessBlockConfiguration" in properties:
        blocked = properties["PublicAccessBlockConfiguration"]
        s3.put_public_access_block(
            Bucket=name,
            PublicAccessBlockConfiguration={key: is_true(blocked[key]) for key in blocked},
        )


SETTINGS_OF_BUCKETS = " ".join(
    ["PublicAccessBlockConfiguration", *(row[0] for row in BUCKET_SETTINGS)]
)


@resource("AWS::S3::Bucket", f"BucketName {SETTINGS_OF_BUCKETS}")
def bucket(deployment: Deployment, properties: Properties) -> Created:
    """Create a bucket with its settings."""
    s3, region = deployment.client("s3"), deployment.stack.region
    name = properties.get("BucketName") or deployment.name(63).lower()
    elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=name, **({} if region == "us-east-1" else elsewhere))
    set_up_bucket(s3, name, properties)
    attributes = {
        "Arn": f"arn:aws:s3:::{name}",
        "DomainName": f"{name}.s3.amazonaws.com",
        "RegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
    }
    return Created(name, attributes)


@resource("AWS::S3::BucketPolicy", "Bucket PolicyDocument")
def bucket_policy(deployment: Deployment, properties: Properties) -> Created:
    """Set a bucket's policy."""
    policy = policy_document(properties["PolicyDocument"])
    deployment.client("s3").put_bucket_policy(Bucket=properties["Bucket"], Policy=policy)
    return Created(properties["Bucket"])


@resource("AWS::Logs::LogGroup", "KmsKeyId LogGroupClass LogGroupName RetentionInDays Tags")
def log_group(deployment: Deployment, properties: Properties) -> Created:
    """Create a log group with its retention."""
    logs, stack = deployment.client("logs"), deployment.stack
    name = properties.get("LogGroupName") or deployment.name(512)
    spelled = {"KmsKeyId": "kmsKeyId", "LogGroupClass": "logGroupClass"}
    settings = {spelled[key]: properties[key] for key in spelled if key in properties}
    logs.create_log_group(logGroupName=name, tags=tag_map(properties), **settings)
    if "RetentionInDays" in properties:
        days = int(properties["RetentionInDays"])
        logs.put_retention_policy(logGroupName=name, retentionInDays=days)
    return Created(name, {"Arn": f"arn:aws:logs:{stack.region}:{stack.account}:log-group:{name}:*"})
