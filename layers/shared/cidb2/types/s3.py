"""S3: buckets, read by a hand-written reader, each in its region."""

from cidb2.types.declaration import Content, ListingCall, ResourceType, ServiceTypes

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
            operations=(
                "GetBucketAcl",
                "GetBucketEncryption",
                "GetBucketLifecycleConfiguration",
                "GetBucketLogging",
                "GetBucketOwnershipControls",
                "GetBucketPolicy",
                "GetBucketPolicyStatus",
                "GetBucketTagging",
                "GetBucketVersioning",
                "GetPublicAccessBlock",
                "s3control.GetPublicAccessBlock",
            ),
            supplements={
                "Encryption": Content(
                    relations=(
                        "Rules.ApplyServerSideEncryptionByDefault.KMSMasterKeyID AWS::KMS::Key",
                    )
                ),
                "Logging": Content(relations=("TargetBucket AWS::S3::Bucket",)),
                "Policy": Content(relations=("@ * trusts",)),
            },
        ),
    ),
)
