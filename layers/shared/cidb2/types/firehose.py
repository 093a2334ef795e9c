"""Firehose: delivery streams, without what authenticates them to their destinations."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

FIREHOSE = ServiceTypes(
    client="firehose",
    service="firehose",
    page=1000,
    types=(
        ResourceType(
            "AWS::KinesisFirehose::DeliveryStream",
            listing=ListingCall("ListDeliveryStreams"),
            id="@",
            arn="deliverystream/{@}",
            encrypted=("DeliveryStreamEncryptionConfiguration.Status!=DISABLED,DISABLING",),
            name="@",
            describe=Call(
                "DescribeDeliveryStream",
                by={"DeliveryStreamName": "@"},
                take="DeliveryStreamDescription",
                secret=(
                    "Destinations.RedshiftDestinationDescription.ClusterJDBCURL",
                    "Destinations.RedshiftDestinationDescription.CopyCommand.CopyOptions",
                    "Destinations.SplunkDestinationDescription.HECToken",
                ),
            ),
            # A stream has at most 50 tags, and AWS returns 10 unless more are requested.
            tags=Call(
                "ListTagsForDeliveryStream",
                by={"DeliveryStreamName": "@"},
                arguments={"Limit": 50},
                take="Tags",
            ),
            relations=(
                "DeliveryStreamEncryptionConfiguration.KeyARN AWS::KMS::Key",
                "Source.KinesisStreamSourceDescription.KinesisStreamARN AWS::Kinesis::Stream",
                "Source.MSKSourceDescription.MSKClusterARN AWS::MSK::Cluster",
                "Destinations.ExtendedS3DestinationDescription.BucketARN AWS::S3::Bucket",
                "Destinations.ExtendedS3DestinationDescription.RoleARN AWS::IAM::Role",
            ),
        ),
    ),
    gone=("ResourceNotFoundException",),
)
