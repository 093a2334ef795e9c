"""Plants buckets with the configurations that most buckets do not have."""

from collections.abc import Iterator
from typing import Any

from local.simulation.population.place import STRANGER, TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

REPORTS = "arn:aws:s3:::reports"
CREATED, REMOVED = "s3:ObjectCreated:*", "s3:ObjectRemoved:*"


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a bucket that replicates to a stranger, and one of each other configuration."""
    place = Place(site, client, "s3")
    for field, value in _configurations(place).items():
        name = f"{place.account}-{field.lower()}"  # no day changes or deletes it
        _create(place, name, is_locked=field == "ObjectLockConfiguration")
        put_by, parameter = PUT_BY[field]
        getattr(place.client("s3"), put_by)(Bucket=name, **{parameter: value})
        shown = value["CORSRules"] if field == "Cors" else value
        yield _planted(place, name, {field: shown})
    name, reports = f"reports-{place.account}", _reports(place)
    _create(place, name)
    for kind, report in reports.items():
        put = getattr(place.client("s3"), f"put_bucket_{SNAKE[kind]}_configuration")
        put(Bucket=name, Id=report["Id"], **{f"{kind}Configuration": report})
    yield _planted(place, name, {f"{kind}Configurations": [one] for kind, one in reports.items()})


def _create(place: Place, name: str, *, is_locked: bool = False) -> None:
    s3 = place.client("s3")
    where = {"LocationConstraint": place.region}
    options = {} if place.region == "us-east-1" else {"CreateBucketConfiguration": where}
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=is_locked, **options)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": TAG_LIST})


def _planted(place: Place, name: str, fields: dict[str, Any]) -> Planted:
    shows = {f"supplementaryConfiguration.{field}": value for field, value in fields.items()}
    return place.planted("S3::Bucket", f"arn:aws:s3:::{name}", shows, own_id=name)


PUT_BY = {
    "AccelerateConfiguration": ("put_bucket_accelerate_configuration", "AccelerateConfiguration"),
    "Cors": ("put_bucket_cors", "CORSConfiguration"),
    "NotificationConfiguration": (
        "put_bucket_notification_configuration",
        "NotificationConfiguration",
    ),
    "ObjectLockConfiguration": ("put_object_lock_configuration", "ObjectLockConfiguration"),
    "Replication": ("put_bucket_replication", "ReplicationConfiguration"),
    "RequestPayment": ("put_bucket_request_payment", "RequestPaymentConfiguration"),
    "Website": ("put_bucket_website", "WebsiteConfiguration"),
}
"""The operation that puts each configuration, and its parameter."""


def _configurations(place: Place) -> dict[str, dict[str, Any]]:
    prefix = {"Key": {"FilterRules": [{"Name": "prefix", "Value": "Größe/"}]}}
    return {
        "AccelerateConfiguration": {"Status": "Suspended"},
        "Cors": {
            "CORSRules": [
                {"AllowedMethods": ["PUT"], "AllowedOrigins": ["https://example.com"]},
                {"AllowedMethods": ["GET", "HEAD"], "AllowedOrigins": ["*"], "MaxAgeSeconds": 300},
            ]
        },
        "NotificationConfiguration": {
            "TopicConfigurations": [
                {"Id": "a", "TopicArn": place.arn("orders", "sns"), "Events": [CREATED]}
            ],
            "QueueConfigurations": [
                {
                    "Id": "b",
                    "QueueArn": place.arn("jobs", "sqs"),
                    "Events": [CREATED, REMOVED],
                    "Filter": prefix,
                }
            ],
            "LambdaFunctionConfigurations": [
                {
                    "Id": "c",
                    "LambdaFunctionArn": place.arn("function:resize", "lambda"),
                    "Events": [REMOVED],
                }
            ],
            "EventBridgeConfiguration": {},
        },
        "ObjectLockConfiguration": {
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 3650}},
        },
        "Replication": {
            "Role": f"arn:aws:iam::{place.account}:role/replicate",
            "Rules": [
                {
                    "ID": "to a stranger",
                    "Priority": 1,
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
                    "Destination": {
                        "Bucket": "arn:aws:s3:::of-a-stranger",
                        "Account": STRANGER,
                        "AccessControlTranslation": {"Owner": "Destination"},
                        "EncryptionConfiguration": {
                            "ReplicaKmsKeyID": f"arn:aws:kms:{place.region}:{STRANGER}:key/k"
                        },
                    },
                    "DeleteMarkerReplication": {"Status": "Disabled"},
                }
            ],
        },
        "RequestPayment": {"Payer": "Requester"},
        "Website": {
            "IndexDocument": {"Suffix": "index.html"},
            "RoutingRules": [
                {
                    "Condition": {"KeyPrefixEquals": "alt/"},
                    "Redirect": {"ReplaceKeyPrefixWith": "neu/"},
                }
            ],
        },
    }


SNAKE = {
    "Analytics": "analytics",
    "IntelligentTiering": "intelligent_tiering",
    "Inventory": "inventory",
    "Metrics": "metrics",
}


def _reports(place: Place) -> dict[str, dict[str, Any]]:
    destination = {"Format": "CSV", "Bucket": REPORTS}
    key = f"arn:aws:kms:{place.region}:{place.account}:key/reports"
    exported = {"OutputSchemaVersion": "V_1", "Destination": {"S3BucketDestination": destination}}
    return {
        "Analytics": {"Id": "usage", "StorageClassAnalysis": {"DataExport": exported}},
        "IntelligentTiering": {
            "Id": "cold",
            "Status": "Enabled",
            "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}],
        },
        "Inventory": {
            "Id": "weekly",
            "IsEnabled": True,
            "IncludedObjectVersions": "Current",
            "OptionalFields": ["Size", "ETag"],
            "Schedule": {"Frequency": "Weekly"},
            "Destination": {
                "S3BucketDestination": {**destination, "Encryption": {"SSEKMS": {"KeyId": key}}}
            },
        },
        "Metrics": {"Id": "images", "Filter": {"Prefix": "images/"}},
    }
