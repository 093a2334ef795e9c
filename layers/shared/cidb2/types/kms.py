"""KMS: keys, which a reader of its own reads: what is asked of one depends on what it is."""

from cidb2.types.declaration import ListingCall, ResourceType, ServiceTypes

KMS = ServiceTypes(
    client="kms",
    service="kms",
    types=(
        ResourceType(
            "AWS::KMS::Key",
            listing=ListingCall("ListKeys", is_by_hand=True),
            id="KeyId",
            arn="key/{KeyId}",
            arn_member="KeyArn",
            operations=(
                "DescribeKey",
                "GetKeyPolicy",
                "GetKeyRotationStatus",
                "ListAliases",
                "ListResourceTags",
            ),
        ),
    ),
)
