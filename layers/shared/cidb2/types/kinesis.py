"""Kinesis: data streams, with who may read them."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

KINESIS = ServiceTypes(
    client="kinesis",
    service="kinesis",
    # The names come with the summaries; a page of 10,000 would be 4 MB.
    page=1000,
    types=(
        ResourceType(
            "AWS::Kinesis::Stream",
            listing=ListingCall("ListStreams"),
            encrypted=("EncryptionType=KMS",),
            result="StreamSummaries",
            id="StreamName",
            arn="stream/{StreamName}",
            arn_member="StreamARN",
            name="StreamName",
            describe=Call(
                "DescribeStreamSummary",
                by={"StreamARN": "StreamARN"},
                take="StreamDescriptionSummary",
                volatile=("ConsumerCount", "WarmThroughput.CurrentMiBps"),
            ),
            # A stream has at most 50 tags.
            tags=Call(
                "ListTagsForStream",
                by={"StreamARN": "StreamARN"},
                arguments={"Limit": 50},
                take="Tags",
            ),
            fields={
                "ResourcePolicy": Call(
                    "GetResourcePolicy",
                    by={"ResourceARN": "StreamARN"},
                    take="Policy",
                    absent=("ResourceNotFoundException",),
                    may_lack=True,
                    documents=("@",),
                    relations=("@ * trusts",),
                )
            },
            relations=("KeyId AWS::KMS::Key",),
        ),
    ),
    gone=("ResourceNotFoundException",),
)
