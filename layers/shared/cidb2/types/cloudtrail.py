"""CloudTrail: trails, whether they log, and what. A trail of the organisation is its owner's."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

CLOUDTRAIL = ServiceTypes(
    client="cloudtrail",
    service="cloudtrail",
    types=(
        ResourceType(
            "AWS::CloudTrail::Trail",
            # Only in their home region: every other one has a shadow of a multi-region trail.
            listing=ListingCall("DescribeTrails", arguments={"includeShadowTrails": False}),
            id="Name",
            arn="trail/{Name}",
            arn_member="TrailARN",
            name="Name",
            tags=Call(
                "ListTags",
                by={"ResourceIdList": "$arn"},
                take="TagsList",
                batch=20,
                match="ResourceId",
            ),
            fields={
                "Status": Call(
                    "GetTrailStatus",
                    by={"Name": "$arn"},
                    volatile=(
                        "LatestCloudWatchLogsDeliveryTime",
                        "LatestDeliveryAttemptSucceeded",
                        "LatestDeliveryAttemptTime",
                        "LatestDeliveryTime",
                        "LatestDigestDeliveryTime",
                        "LatestNotificationAttemptSucceeded",
                        "LatestNotificationAttemptTime",
                        "LatestNotificationTime",
                    ),
                ),
                "EventSelectors": Call("GetEventSelectors", by={"TrailName": "$arn"}),
                "InsightSelectors": Call(
                    "GetInsightSelectors",
                    by={"TrailName": "$arn"},
                    take="InsightSelectors",
                    when="HasInsightSelectors=True",
                    absent=("InsightNotEnabledException",),
                ),
            },
            relations=(
                "S3BucketName AWS::S3::Bucket",
                "KmsKeyId AWS::KMS::Key",
                "SnsTopicARN AWS::SNS::Topic",
                "CloudWatchLogsLogGroupArn AWS::Logs::LogGroup",
                "CloudWatchLogsRoleArn AWS::IAM::Role",
            ),
        ),
    ),
    gone=("ResourceNotFoundException", "TrailNotFoundException"),
)
