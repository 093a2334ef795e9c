"""Security Hub: whether it is enabled in a region, and with which standards."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

SECURITY_HUB = ServiceTypes(
    client="securityhub",
    service="securityhub",
    types=(
        ResourceType(
            "AWS::SecurityHub::Hub",
            # What AWS answers where it is not enabled.
            listing=ListingCall(
                "DescribeHub", absent=("InvalidAccessException", "ResourceNotFoundException")
            ),
            result="@",
            id="HubArn",
            arn="hub/default",
            arn_member="HubArn",
            tags=Call(
                "ListTagsForResource", by={"ResourceArn": "HubArn"}, take="Tags", may_lack=True
            ),
            fields={"EnabledStandards": Call("GetEnabledStandards", take="StandardsSubscriptions")},
        ),
    ),
    gone=("ResourceNotFoundException",),
)
