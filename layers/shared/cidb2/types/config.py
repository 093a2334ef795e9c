"""Config: what it records of a region and where to, and its rules."""

from cidb2.types.declaration import Call, ListingCall, Lookup, ResourceType, ServiceTypes

CONFIG = ServiceTypes(
    client="config",
    service="config",
    types=(
        ResourceType(
            "AWS::Config::ConfigurationRecorder",
            listing=ListingCall("DescribeConfigurationRecorders"),
            id="name",
            arn="configuration-recorder/{name}/*",
            arn_member="arn",
            name="name",
            fields={
                "DeliveryChannels": Call(
                    "DescribeDeliveryChannels",
                    take="DeliveryChannels",
                    relations=(
                        "s3BucketName AWS::S3::Bucket",
                        "s3KmsKeyArn AWS::KMS::Key",
                        "snsTopicARN AWS::SNS::Topic",
                    ),
                ),
                "Status": Lookup(
                    "DescribeConfigurationRecorderStatus",
                    of="name",
                    match="name",
                    volatile=(
                        "lastErrorCode",
                        "lastErrorMessage",
                        "lastStartTime",
                        "lastStatus",
                        "lastStatusChangeTime",
                        "lastStopTime",
                    ),
                ),
            },
            relations=("roleARN AWS::IAM::Role",),
        ),
        ResourceType(
            "AWS::Config::ConfigRule",
            listing=ListingCall("DescribeConfigRules"),
            id="ConfigRuleId",
            arn="config-rule{/*}/{ConfigRuleId}",  # other services' rules name the service
            arn_member="ConfigRuleArn",
            name="ConfigRuleName",
            tags=Call("ListTagsForResource", by={"ResourceArn": "ConfigRuleArn"}, take="Tags"),
            documents=("InputParameters",),
        ),
    ),
    gone=("ResourceNotFoundException",),
)
