"""KMS: keys, read by a hand-written reader, because the calls depend on the kind of key."""

from cidb2.types.declaration import Content, ListingCall, ResourceType, ServiceTypes

KMS = ServiceTypes(
    client="kms",
    service="kms",
    access="A key's own policy may still deny access.",
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
            supplements={
                "Aliases": Content(identifiers=("AliasName", "AliasArn")),
                "Policy": Content(relations=("@ * trusts",)),
            },
        ),
    ),
)
