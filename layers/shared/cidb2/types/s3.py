"""S3: buckets, read by a hand-written reader, each in its region.

A configuration is one call. If the answer has no member `take`, or is empty, it is incomplete;
with `may_lack`, the bucket does not have this configuration.
"""

from collections.abc import Mapping

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

_BUCKET = {"Bucket": "Name"}
_NO_POLICY = "NoSuchBucketPolicy"
_KEY_OF_BUCKET = "Rules.ApplyServerSideEncryptionByDefault.KMSMasterKeyID"
_BUCKET_OF_REPORT = "Destination.S3BucketDestination.Bucket"
_KEY_OF_REPORT = "Destination.S3BucketDestination.Encryption.SSEKMS.KeyId"

TAGGING = Call("GetBucketTagging", _BUCKET, take="TagSet", absent=("NoSuchTagSet",))

CORE: Mapping[str, Call] = {
    "Acl": Call("GetBucketAcl", _BUCKET),
    "Encryption": Call(
        "GetBucketEncryption",
        _BUCKET,
        take="ServerSideEncryptionConfiguration",
        absent=("ServerSideEncryptionConfigurationNotFoundError",),
        keep=(_KEY_OF_BUCKET,),
        relations=(f"{_KEY_OF_BUCKET} AWS::KMS::Key",),
    ),
    "LifecycleConfiguration": Call(
        "GetBucketLifecycleConfiguration", _BUCKET, absent=("NoSuchLifecycleConfiguration",)
    ),
    "Logging": Call(
        "GetBucketLogging",
        _BUCKET,
        take="LoggingEnabled",
        may_lack=True,
        relations=("TargetBucket AWS::S3::Bucket",),
    ),
    "OwnershipControls": Call(
        "GetBucketOwnershipControls",
        _BUCKET,
        take="OwnershipControls",
        absent=("OwnershipControlsNotFoundError",),
    ),
    "Policy": Call(
        "GetBucketPolicy",
        _BUCKET,
        take="Policy",
        absent=(_NO_POLICY,),
        documents=("@",),
        relations=("@ * trusts",),
    ),
    "PolicyStatus": Call(
        "GetBucketPolicyStatus", _BUCKET, take="PolicyStatus", absent=(_NO_POLICY,)
    ),
    "PublicAccessBlock": Call(
        "GetPublicAccessBlock",
        _BUCKET,
        take="PublicAccessBlockConfiguration",
        absent=("NoSuchPublicAccessBlockConfiguration",),
    ),
    "Versioning": Call("GetBucketVersioning", _BUCKET, may_lack=True),
}

FURTHER: Mapping[str, Call] = {
    # Regions without Transfer Acceleration answer with one of these codes, and no bucket there, or
    # with a period in its name, can have it.
    "AccelerateConfiguration": Call(
        "GetBucketAccelerateConfiguration",
        _BUCKET,
        may_lack=True,
        absent=("MethodNotAllowed", "UnsupportedArgument"),
    ),
    "AnalyticsConfigurations": Call(
        "ListBucketAnalyticsConfigurations",
        _BUCKET,
        take="AnalyticsConfigurationList",
        may_lack=True,
        relations=(f"StorageClassAnalysis.DataExport.{_BUCKET_OF_REPORT} AWS::S3::Bucket",),
    ),
    "Cors": Call("GetBucketCors", _BUCKET, take="CORSRules", absent=("NoSuchCORSConfiguration",)),
    "IntelligentTieringConfigurations": Call(
        "ListBucketIntelligentTieringConfigurations",
        _BUCKET,
        take="IntelligentTieringConfigurationList",
        may_lack=True,
    ),
    "InventoryConfigurations": Call(
        "ListBucketInventoryConfigurations",
        _BUCKET,
        take="InventoryConfigurationList",
        may_lack=True,
        keep=(_KEY_OF_REPORT,),
        relations=(
            f"{_BUCKET_OF_REPORT} AWS::S3::Bucket",
            f"{_KEY_OF_REPORT} AWS::KMS::Key",
        ),
    ),
    "MetricsConfigurations": Call(
        "ListBucketMetricsConfigurations",
        _BUCKET,
        take="MetricsConfigurationList",
        may_lack=True,
    ),
    "NotificationConfiguration": Call(
        "GetBucketNotificationConfiguration",
        _BUCKET,
        may_lack=True,
        relations=(
            "TopicConfigurations.TopicArn AWS::SNS::Topic",
            "QueueConfigurations.QueueArn AWS::SQS::Queue",
            "LambdaFunctionConfigurations.LambdaFunctionArn AWS::Lambda::Function",
        ),
    ),
    "ObjectLockConfiguration": Call(
        "GetObjectLockConfiguration",
        _BUCKET,
        take="ObjectLockConfiguration",
        absent=("ObjectLockConfigurationNotFoundError",),
    ),
    "Replication": Call(
        "GetBucketReplication",
        _BUCKET,
        take="ReplicationConfiguration",
        absent=("ReplicationConfigurationNotFoundError",),
        relations=(
            "Role AWS::IAM::Role",
            "Rules.Destination.Bucket AWS::S3::Bucket",
            "Rules.Destination.EncryptionConfiguration.ReplicaKmsKeyID AWS::KMS::Key",
        ),
    ),
    "RequestPayment": Call("GetBucketRequestPayment", _BUCKET),
    "Website": Call("GetBucketWebsite", _BUCKET, absent=("NoSuchWebsiteConfiguration",)),
}
"""The configurations that the parameter S3BucketConfigurations leaves out with `core`."""

S3 = ServiceTypes(
    client="s3",
    service="s3",
    is_global=True,
    types=(
        ResourceType(
            "AWS::S3::Bucket",
            listing=ListingCall("ListBuckets", is_by_hand=True),
            id="Name",
            arn="arn:{partition}:s3:::{Name}",
            name="Name",
            region="BucketRegion",
            tags=TAGGING,
            fields={**CORE, **FURTHER},
            operations=("s3control.GetPublicAccessBlock",),
        ),
    ),
)
